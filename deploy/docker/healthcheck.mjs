// Healthy is what GET /readyz answers with 200: database, migrations and queue are fine. Docker shows what is printed.
const url = `http://127.0.0.1:${process.env.PORT ?? 4400}/readyz`;
const WAIT_MS = 4_000;

try {
  const answer = await fetch(url, { signal: AbortSignal.timeout(WAIT_MS) });
  console.log(`${answer.status} ${await answer.text()}`);
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  console.log(`${url}: ${error.cause?.code ?? error.message}`);
  process.exitCode = 1;
}
