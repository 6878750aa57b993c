/** Runs `step`, which handles `events` events, for about `durationMs` after a warm-up, and prints what one event costs. */
export function measure(name: string, events: number, step: () => void, durationMs = 1000): void {
  const warmUntil = performance.now() + durationMs / 2;
  while (performance.now() < warmUntil) step();
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  let steps = 0;
  do {
    step();
    steps++;
  } while (performance.now() - start < durationMs);
  const elapsedMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpuBefore);
  const total = steps * events;
  const perSecond = total / elapsedMs / 1000;
  const cpuSeconds = (user + system) / total;
  console.log(
    `${name.padEnd(60)} ${perSecond.toFixed(1).padStart(8)} M events/s ${cpuSeconds.toFixed(3).padStart(8)} CPU s per M`,
  );
}
