/**
 * Loads tasks from folders of compiled JavaScript. A file that is broken is reported and left out;
 * it never keeps the other tasks from being offered.
 */
import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { isTask, type TaskDefinition } from "./define-task.ts";
import { createLibrary, spellingsOf, type TaskLibrary } from "./library.ts";
import { lacksOwnPackage, provideOwnPackage } from "./own-package.ts";

/** A file that gave no task, or not all of its tasks. */
export interface LoadProblem {
  readonly path: string;
  readonly message: string;
}

interface TaskFile {
  readonly path: string;
  readonly size: number;
  readonly changedMs: number;
}

/**
 * The tasks of all folders, file by file in name order. A task whose name is taken already is a
 * problem: nobody's task is replaced in silence.
 */
export async function loadLibrary(
  folders: readonly string[],
): Promise<{ library: TaskLibrary; problems: readonly LoadProblem[] }> {
  const problems: LoadProblem[] = [];
  const owners = new Map<string, string>();
  const tasks: TaskDefinition[] = [];
  for (const file of await taskFiles(folders, problems)) {
    for (const task of await tasksOf(file, problems)) {
      const taken = spellingsOf(task).find((name) => owners.has(name));
      if (taken !== undefined) {
        const message = `the task name "${taken}" is taken by ${owners.get(taken)}`;
        problems.push({ path: file.path, message });
        continue;
      }
      for (const name of spellingsOf(task)) owners.set(name, file.path);
      tasks.push(task);
    }
  }
  return { library: createLibrary(tasks), problems };
}

/** Changes when a file of these folders is added, removed or changed. */
export async function libraryDigest(folders: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  const problems: LoadProblem[] = [];
  for (const { path, size, changedMs } of await taskFiles(folders, problems)) {
    hash.update(`${path}\0${size}\0${changedMs}\n`);
  }
  // What cannot be used is told again when it changes, too.
  for (const { path, message } of problems) hash.update(`${path}\0${message}\n`);
  return hash.digest("hex").slice(0, 32);
}

async function taskFiles(folders: readonly string[], problems: LoadProblem[]): Promise<TaskFile[]> {
  const files: TaskFile[] = [];
  for (const folder of folders) {
    try {
      const names = (await readdir(folder)).sort();
      for (const name of names.filter((name) => isUncompiled(name, names))) {
        const message = "it is TypeScript: compile it, and put the .js file here";
        problems.push({ path: resolve(join(folder, name)), message });
      }
      for (const name of names.filter(isTaskFile)) {
        const path = resolve(join(folder, name));
        const { size, mtimeMs } = await stat(path);
        files.push({ path, size, changedMs: mtimeMs });
      }
    } catch (error) {
      problems.push({ path: folder, message: `cannot read the folder: ${messageOf(error)}` });
    }
  }
  return files;
}

const isTaskFile = (name: string): boolean =>
  /\.m?js$/.test(name) && !/^index\.|\.test\.m?js$/.test(name);

/** A source that was dropped without what it compiles to; declarations are no sources. */
const isUncompiled = (name: string, names: readonly string[]): boolean =>
  /\.m?ts$/.test(name) &&
  !/\.d\.m?ts$|\.test\.m?ts$/.test(name) &&
  !names.includes(name.replace(/ts$/, "js"));

/** The tasks that a file exports; a file with none is no task file, but perhaps a mistake. */
async function tasksOf(file: TaskFile, problems: LoadProblem[]): Promise<TaskDefinition[]> {
  try {
    // The query makes a changed file another module; without it the first version stays forever.
    const url = `${pathToFileURL(file.path).href}?v=${file.changedMs}-${file.size}`;
    const exported = Object.values(await importFile(url));
    const tasks = [...new Set(exported.filter(isTask))];
    if (tasks.length === 0) {
      problems.push({ path: file.path, message: "it exports no task made by defineTask()" });
    }
    return tasks;
  } catch (error) {
    problems.push({ path: file.path, message: messageOf(error) });
    return [];
  }
}

/** What the file exports, with this package for a file that cannot find it by itself. */
async function importFile(url: string): Promise<Record<string, unknown>> {
  try {
    return await import(url);
  } catch (error) {
    if (!lacksOwnPackage(error)) throw error;
    provideOwnPackage();
    // What failed is remembered under its name.
    return await import(`${url}-again`);
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
