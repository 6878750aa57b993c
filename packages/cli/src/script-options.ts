/** Options that commands over scripts take, as commander gives them. */
export interface ScriptOptions {
  readonly var?: Readonly<Record<string, string>>;
  readonly set?: Readonly<Record<string, string>>;
  readonly catalog?: string;
}

export interface SqlOptions extends ScriptOptions {
  readonly execute?: string;
  readonly file?: string;
  readonly result?: "changelog" | "table";
  readonly format?: "table" | "jsonl" | "csv";
}
