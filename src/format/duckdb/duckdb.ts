/**
 * DuckDB, which reads and writes Parquet: loaded when a file needs it, because it is as heavy as all the
 * rest together and not everyone installs it. It runs our own statements only, on one thread, in
 * bounded memory, and touches no file outside of the folder that it is opened for.
 */
import { createRequire } from "node:module";
import type * as duckDbApi from "@duckdb/node-api";
import type { DuckDBConnection } from "@duckdb/node-api";
import type * as duckDbBindings from "@duckdb/node-bindings";
import { type ErrorCode, RtlError } from "../../protocol/errors.ts";

type Api = typeof duckDbApi;
/** What the package itself is built on: vectors as bytes, which it offers one value at a time only. */
type Vectors = typeof duckDbBindings;

export interface DuckDb {
  readonly api: Api;
  readonly vectors: Vectors;
}

const PACKAGE = "@duckdb/node-api";
/** Row groups and what is written are kept in no more than this. */
const MEMORY_LIMIT = "512MB";
/** Databases for reading that a thread keeps open, by folder. */
const OPEN_MAX = 4;

/** The package; an error of this code, which says what to install, where it is not there. */
export async function loadDuckDb(purpose: string, code: ErrorCode): Promise<DuckDb> {
  try {
    const api = await import("@duckdb/node-api");
    const near = createRequire(createRequire(import.meta.url).resolve(PACKAGE));
    return { api, vectors: near("@duckdb/node-bindings") as Vectors };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const isAbsent = reason.includes(PACKAGE) && /Cannot find (package|module)/.test(reason);
    const what = `${purpose} needs the package ${PACKAGE}`;
    const detail = isAbsent ? "" : `, which cannot be loaded here: ${firstLine(reason)}`;
    throw new RtlError(code, what + detail, { fix: `npm install ${PACKAGE}`, cause: error });
  }
}

type Instance = InstanceType<Api["DuckDBInstance"]>;
const opened = new Map<string, Promise<Instance>>();

/** Runs something on a connection that can read files of this folder, and no others. */
export async function readingFolder<T>(
  { api }: DuckDb,
  folder: string,
  run: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  let instance = opened.get(folder);
  if (instance === undefined) {
    // What is forgotten here is closed when the last one who reads is done with it.
    if (opened.size >= OPEN_MAX) opened.clear();
    instance = openFolder(api, folder, "");
    opened.set(folder, instance);
  }
  try {
    return await connected(await instance, run);
  } catch (error) {
    // After these a database refuses everything.
    if (error instanceof Error && /^(FATAL|INTERNAL) /.test(error.message)) opened.delete(folder);
    throw error;
  }
}

async function connected<T>(
  instance: Instance,
  run: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const connection = await instance.connect();
  try {
    return await run(connection);
  } finally {
    connection.closeSync();
  }
}

/** Runs something on a database of its own, which can read and write files of this folder. */
export async function inFolder<T>(
  { api }: DuckDb,
  folder: string,
  run: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const instance = await openFolder(api, folder, folder);
  try {
    return await connected(instance, run);
  } finally {
    instance.closeSync();
  }
}

async function openFolder(api: Api, folder: string, temporary: string): Promise<Instance> {
  const instance = await api.DuckDBInstance.create(":memory:", {
    threads: "1",
    memory_limit: MEMORY_LIMIT,
    temp_directory: temporary,
    // A file may be replaced by another of the same name and age.
    enable_external_file_cache: "false",
    autoload_known_extensions: "false",
    autoinstall_known_extensions: "false",
    allow_community_extensions: "false",
  });
  await connected(instance, async (connection) => {
    await connection.run(`SET allowed_directories = [${sqlText(folder.replace(/\/*$/, "/"))}]`);
    await connection.run("SET enable_external_access = false");
    await connection.run("SET lock_configuration = true");
  });
  return instance;
}

/** A text as SQL has it. */
export const sqlText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
/** The path of one file as SQL has it: what would stand for other files stands for itself. */
export const sqlPath = (path: string): string => sqlText(path.replace(/[*?[]/g, "[$&]"));
/** A column's name as SQL has it. */
export const sqlName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** What DuckDB says of a failure, most of it in the first line; a true path becomes what was asked. */
export const reasonOf = (error: unknown, place: string, path: string): string =>
  firstLine(error instanceof Error ? error.message : String(error)).replaceAll(place, path);

const firstLine = (message: string): string => (message.split("\n")[0] ?? "").slice(0, 300);
