/** Checks what prose and layout promise: relative links lead somewhere, blocks marked `run` can be run, no file is too long. */
import { posix } from "node:path";
import { anchorsOf, linksOf, runnableBlocksOf } from "./markdown.ts";
import { fileExists, readTree } from "./source-tree.ts";

const MAX_FILE_LINES = 600;

/** The languages that `tests/docs/snippets.test.ts` knows how to run. */
export const RUNNABLE_LANGUAGES: readonly string[] = ["sh", "sql", "ts"];

/** The documents that make promises: the root's and everything under docs/ and packages/. */
export function readDocuments(): Map<string, string> {
  const all = readTree("", ".md");
  return new Map(
    [...all].filter(([path]) => !path.includes("/") || /^(docs|packages|examples|benchmarks)\//.test(path)),
  );
}

/** The problems of the documents (path -> text), one sentence each; `exists` answers for paths from the root. */
export function checkDocuments(documents: ReadonlyMap<string, string>, exists: (path: string) => boolean): string[] {
  const problems: string[] = [];
  for (const [path, text] of documents) {
    for (const { target, line } of linksOf(text)) {
      if (/^[a-z][a-z0-9+.-]*:/i.test(target)) continue;
      const [file = "", anchor] = decodeURI(target).split("#");
      const linked = file === "" ? path : posix.join(posix.dirname(path), file);
      const linkedText = documents.get(linked);
      if (!exists(linked)) problems.push(`${path}:${line}: the link ${target} leads nowhere`);
      else if (anchor !== undefined && linkedText !== undefined && !anchorsOf(linkedText).has(anchor))
        problems.push(`${path}:${line}: ${linked} has no heading #${anchor}`);
    }
    for (const { language, line } of runnableBlocksOf(text)) {
      if (!RUNNABLE_LANGUAGES.includes(language))
        problems.push(`${path}:${line}: a block marked run must be ${RUNNABLE_LANGUAGES.join(", ")}, not ${language}`);
    }
  }
  return problems;
}

/** One sentence for each source file (path -> text) that is too long to hold one idea. */
export function checkFileLengths(files: ReadonlyMap<string, string>): string[] {
  return [...files].flatMap(([path, text]) => {
    const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
    return lines > MAX_FILE_LINES ? [`${path}: ${lines} lines, the limit is ${MAX_FILE_LINES}`] : [];
  });
}

if (process.argv[1] === import.meta.filename) {
  const documents = readDocuments();
  const sources = new Map([...readTree("", ".ts"), ...readTree("", ".tsx")]);
  const problems = [...checkDocuments(documents, fileExists), ...checkFileLengths(sources)];
  for (const problem of problems) console.error(problem);
  console.log(`docs: ${documents.size} documents, ${sources.size} source files, ${problems.length} problems`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
