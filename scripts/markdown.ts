/** A fenced block marked `run` (```sh run), with the ```text output block that may follow it. */
export interface RunnableBlock {
  readonly language: string;
  readonly code: string;
  /** The line of the opening fence, from 1. */
  readonly line: number;
  /** What the code must print on stdout; null when the document does not say. */
  readonly expectedOutput: string | null;
}

export interface Link {
  readonly target: string;
  readonly line: number;
}

interface Fence {
  readonly language: string;
  readonly marks: readonly string[];
  readonly code: string;
  readonly line: number;
  readonly endLine: number;
}

/** The links and images of a document, those in code left out. */
export function linksOf(markdown: string): Link[] {
  const links: Link[] = [];
  for (const { text, line } of prose(markdown)) {
    for (const match of text.replace(/`[^`]*`/g, "").matchAll(/\]\(\s*<?([^\s)>]+)|^\s*\[[^\]]+\]:\s*(\S+)/g)) {
      links.push({ target: (match[1] ?? match[2]) as string, line });
    }
  }
  return links;
}

/** The anchors that a document's headings have, by GitHub's rule. */
export function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>();
  for (const { text } of prose(markdown)) {
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(text)?.[1];
    if (heading === undefined) continue;
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const anchor = words.replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-");
    let unique = anchor;
    for (let i = 1; anchors.has(unique); i++) unique = `${anchor}-${i}`;
    anchors.add(unique);
  }
  return anchors;
}

/** The blocks that a test is to run, in the order of the document. */
export function runnableBlocksOf(markdown: string): RunnableBlock[] {
  const fences = fencesOf(markdown);
  const lines = markdown.split("\n");
  return fences.flatMap((fence, index) => {
    if (!fence.marks.includes("run")) return [];
    const next = fences[index + 1];
    const isOutput =
      next?.language === "text" &&
      next.marks.includes("output") &&
      lines.slice(fence.endLine, next.line - 1).every((line) => line.trim() === "");
    return {
      language: fence.language,
      code: fence.code,
      line: fence.line,
      expectedOutput: isOutput ? next.code : null,
    };
  });
}

function fencesOf(markdown: string): Fence[] {
  const fences: Fence[] = [];
  let open: { indent: string; marker: string; words: string[]; line: number; code: string[] } | null = null;
  for (const [index, text] of markdown.split("\n").entries()) {
    const match = /^(\s*)(`{3,}|~{3,})\s*(.*?)\s*$/.exec(text);
    if (open === null) {
      if (match === null) continue;
      const [, indent, marker, description] = match as unknown as [string, string, string, string];
      open = { indent, marker, words: description.split(/\s+/), line: index + 1, code: [] };
    } else if (match?.[2]?.startsWith(open.marker) && match[3] === "") {
      const [language = "", ...marks] = open.words;
      const code = open.code.map((line) => `${line}\n`).join("");
      fences.push({ language, marks, code, line: open.line, endLine: index + 1 });
      open = null;
    } else {
      open.code.push(text.startsWith(open.indent) ? text.slice(open.indent.length) : text.trimStart());
    }
  }
  return fences;
}

function prose(markdown: string): { text: string; line: number }[] {
  const inFence = new Set<number>();
  for (const fence of fencesOf(markdown)) {
    for (let line = fence.line; line <= fence.endLine; line++) inFence.add(line);
  }
  return markdown
    .split("\n")
    .map((text, index) => ({ text, line: index + 1 }))
    .filter(({ line }) => !inFence.has(line));
}
