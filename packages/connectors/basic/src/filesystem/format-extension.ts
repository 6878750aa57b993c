/** What the names of a format's files end in: `debezium-json` is JSON, too. */
export function formatExtension(format: string | null): string {
  return format?.replace(/^.*-/, "") ?? "txt";
}
