import { type ChangeCode, rowKindText } from "@millrace/core";

/** TO_CHANGELOG: the text of each change that is told. */
export function toChangelog({ codes }: { readonly codes: readonly (string | null)[] }): string {
  const told = codes.flatMap((code, kind) => (code === null ? [] : [`${rowKindText[kind]} as '${code}'`]));
  return `codes=[${told.join(", ")}]`;
}

/** FROM_CHANGELOG: what each text of the column means. */
export function fromChangelog(
  { codes, column }: { readonly codes: readonly ChangeCode[]; readonly column: number },
  input: readonly { readonly name: string }[],
): string {
  const told = codes.map(({ code, kind }) => `'${code}' as ${rowKindText[kind]}`);
  return `column=${input[column].name}, codes=[${told.join(", ")}]`;
}
