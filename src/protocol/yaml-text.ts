/**
 * YAML 1.2 text as plain data with places. The composer of the yaml package recurses and some of
 * its work grows with the square of the text, so this file bounds tokens and nesting before it
 * composes, and converts the nodes itself: duplicate keys, aliases and odd values are refused with
 * their place. It never runs anything a tag names.
 */

import type { Alias, Document, Node, Pair, ParsedNode } from "yaml";
import { Composer, isAlias, isMap, isNode, isScalar, isSeq, Lexer, Parser, visit } from "yaml";
import { RtlError } from "./errors.ts";
import { limits } from "./limits.ts";
import { depthMessage, type Located, type Plain, SourceMap, TextFault } from "./located.ts";

/** About 50,000 lines; the time to compose them is a second or two. */
const lexemesMax = 400_000;
/** A fault early in a text makes followers; these are shown at most. */
const syntaxProblemsMax = 10;

/**
 * Reads one YAML document.
 * @throws TextFault for what is not YAML or not plain data, RtlError RTL_DOCUMENT_TOO_LARGE for
 * what would take too long to read.
 */
export function readYaml(text: string): Located {
  const source = new SourceMap(text);
  const document = compose(text, source);
  const root = document.contents;
  const rootOffset = root?.range?.[0] ?? 0;
  const value = root ? new Converter(document, source).plain(root, 0) : null;
  return source.located(value, rootOffset);
}

function compose(text: string, source: SourceMap): Document.Parsed {
  const composer = new Composer({ prettyErrors: false, uniqueKeys: false, schema: "core" });
  const documents = [...composer.compose(tokens(text, source), true, text.length)];
  const [document] = documents;
  if (!document) throw source.fault("the document is empty", 0);
  const faults = [...document.errors, ...document.warnings].slice(0, syntaxProblemsMax);
  if (faults.length > 0) {
    throw new TextFault(
      faults.map((fault) => ({
        path: "",
        message: syntaxMessages[fault.code] ?? lowerFirst(fault.message),
        ...source.place(fault.pos[0]),
      })),
    );
  }
  const second = documents[1];
  if (second) throw source.fault("a second document begins here; a job is one", second.range[0]);
  return document;
}

const syntaxMessages: Record<string, string> = {
  TAB_AS_INDENT: "a tab is used to indent; YAML allows spaces only",
  MULTIPLE_DOCS: "a second document begins here; a job is one document",
};

function tokens(text: string, source: SourceMap) {
  const parser = new Parser();
  const found = [];
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (++count > lexemesMax) {
      throw new RtlError("RTL_DOCUMENT_TOO_LARGE", "the YAML document has too many parts", {
        fix: "write it as JSON, or keep data in files that a task opens",
      });
    }
    for (const token of parser.next(lexeme)) found.push(token);
    // The parser stacks a collection and its item for each level that a reader sees.
    if (parser.stack.length > 2 * limits.depthMax) throw source.fault(depthMessage, parser.offset);
  }
  for (const token of parser.end()) found.push(token);
  return found;
}

/** The package's own look-up walks the whole document for each alias; this walks it once. */
function aliasTargets(document: Document.Parsed): Map<Alias, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node: (_, node) => {
      const target = isAlias(node) ? anchors.get(node.source) : undefined;
      if (isAlias(node) && target) targets.set(node, target);
      if (!isAlias(node) && node.anchor !== undefined) anchors.set(node.anchor, node);
    },
  });
  return targets;
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

class Converter {
  readonly #targets: ReadonlyMap<Alias, Node>;
  readonly #source: SourceMap;

  constructor(document: Document.Parsed, source: SourceMap) {
    this.#targets = aliasTargets(document);
    this.#source = source;
  }

  plain(node: Node | ParsedNode, depth: number): Plain {
    const offset = node.range?.[0] ?? 0;
    this.#source.count(depth, offset);
    if (isAlias(node)) {
      const target = this.#targets.get(node);
      if (!target) throw this.#source.fault(`no anchor "${node.source}" stands before`, offset);
      return this.plain(target, depth + 1);
    }
    if (isMap(node)) return this.#map(node.items, depth);
    if (isSeq(node)) return this.#list(node.items, depth);
    if (isScalar(node)) return this.#scalar(node.value, node.source, offset);
    throw this.#source.fault("this is neither text, number, list nor map", offset);
  }

  #map(pairs: readonly Pair[], depth: number): Plain {
    const map: Record<string, Plain> = {};
    for (const pair of pairs) {
      const { key, offset } = this.#key(pair.key);
      const node = pair.value as Node | null;
      const value = node ? this.plain(node, depth + 1) : null;
      if (isMerge(pair.key)) {
        this.#source.report("merge keys (<<) are not part of YAML 1.2; write the keys out", offset);
        continue;
      }
      if (!this.#source.admits(map, key, offset)) continue;
      map[key] = value;
      this.#source.note(map, key, { key: offset, value: node?.range?.[0] ?? offset });
    }
    return map;
  }

  #key(node: unknown): { key: string; offset: number } {
    if (!isScalar(node)) {
      const at = isNode(node) ? (node.range?.[0] ?? 0) : 0;
      throw this.#source.fault("a key is a text or a number", at);
    }
    const offset = node.range?.[0] ?? 0;
    const key = typeof node.value === "string" ? node.value : (node.source ?? "");
    return { key, offset };
  }

  #list(items: readonly unknown[], depth: number): Plain {
    const list: Plain[] = [];
    for (const [index, item] of (items as Node[]).entries()) {
      const offset = item.range?.[0] ?? 0;
      list.push(this.plain(item, depth + 1));
      this.#source.note(list, index, { key: offset, value: offset });
    }
    return list;
  }

  #scalar(value: unknown, written: string | undefined, offset: number): Plain {
    if (value === null || typeof value === "boolean" || typeof value === "string") return value;
    if (typeof value === "number") {
      this.#source.checkNumber(value, written ?? String(value), offset);
      return value;
    }
    throw this.#source.fault("this value is neither text, number, true, false nor null", offset);
  }
}

/** In quotes it is a key like any other. */
const isMerge = (key: unknown): boolean =>
  isScalar(key) && key.value === "<<" && key.type === "PLAIN";
