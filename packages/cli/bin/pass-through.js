"use strict";
// Runs a command in place of this process: same stdio, signals passed on, same end. Plain JavaScript for any Node >= 12.
const { spawn } = require("child_process");

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

/** Resolves to the exit code of the command; dies of the same signal if a signal ended it. */
module.exports = function passThrough(command, args, environment) {
  return new Promise((resolve, reject) => {
    const env = Object.assign({}, process.env, environment);
    const child = spawn(command, args, { stdio: "inherit", env });
    // A terminal sends Ctrl-C to the child as well: passing it on would make it two.
    const onTerminal = process.stdin.isTTY || process.stdout.isTTY;
    const handlers = SIGNALS.map((signal) => {
      const handler = () => {
        if (signal !== "SIGINT" || !onTerminal) child.kill(signal);
      };
      process.on(signal, handler);
      return handler;
    });
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      SIGNALS.forEach((name, index) => {
        process.removeListener(name, handlers[index]);
      });
      if (signal === null) resolve(code);
      else process.kill(process.pid, signal);
    });
  });
};
