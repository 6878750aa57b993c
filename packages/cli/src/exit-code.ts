/** How the command ends; documented in docs/reference/cli.md. */
export const ExitCode = { done: 0, failed: 1, usage: 2, interrupted: 130, terminated: 143 } as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
