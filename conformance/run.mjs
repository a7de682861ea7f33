// Runs one test file against a server that it starts on a free port with a fresh data directory, stops the server with
// SIGTERM, and judges both: every test passed, as many as expected, and the server left with exit code 0.
//
//   node run.mjs TEST_FILE EXPECTED_TESTS [COMMAND...]
//
// COMMAND starts the server; {port} and {data} in it are replaced. Without one it is ./varve serve.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const START_SECONDS = 60;
const STOP_SECONDS = 35;

const here = dirname(fileURLToPath(import.meta.url));
const [testFile, expected, ...given] = process.argv.slice(2);
const command = given.length > 0 ? given : [join(here, "..", "varve"), "serve", "--port", "{port}", "--data", "{data}",
  "--long-poll-timeout", "500ms"];

const work = mkdtempSync(join(tmpdir(), "varve-conformance-"));
const port = await freePort();
const baseUrl = `http://127.0.0.1:${port}`;
const words = command.map((word) => word.replaceAll("{port}", port).replaceAll("{data}", join(work, "data")));
const server = spawn(words[0], words.slice(1), { stdio: ["ignore", "pipe", "pipe"] });
let output = "";
server.stdout.on("data", (text) => (output += text));
server.stderr.on("data", (text) => (output += text));
const gone = new Promise((resolve) => {
  server.on("exit", (code, signal) => resolve(signal ?? code));
  server.on("error", (error) => resolve(error.message));
});
let ending;
gone.then((how) => (ending = how));
process.on("exit", () => server.kill("SIGKILL"));
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => process.exit(130));
}

const problems = [];
await ready();
const report = join(work, "report.json");
const vitest = await run(process.execPath, [join(here, "node_modules", "vitest", "vitest.mjs"), "run", testFile,
  "--reporter=dot", "--reporter=json", `--outputFile.json=${report}`]);
const counts = judge(vitest.code);
await stop();

if (problems.length > 0) {
  process.stdout.write(vitest.text);
  process.stdout.write(`--- output of the server\n${output}---\n`);
  for (const problem of problems) {
    console.error(`${testFile}: ${problem}`);
  }
  process.exit(1);
}
rmSync(work, { recursive: true, force: true });
console.log(`${counts.passed} passed, ${counts.failed} failed`);

function judge(code) {
  let json;
  try {
    json = JSON.parse(readFileSync(report, "utf8"));
  } catch (error) {
    problems.push(`there is no report of the run: ${error.message}`);
    return { passed: 0, failed: 0 };
  }
  const tests = json.testResults.flatMap((file) => file.assertionResults);
  const passed = tests.filter((test) => test.status === "passed").length;
  const failed = tests.filter((test) => test.status === "failed");
  for (const test of failed) {
    problems.push(`failed: ${test.fullName}`);
  }
  const other = tests.length - passed - failed.length;
  if (failed.length > 0 || other > 0 || passed !== Number(expected)) {
    problems.push(`${passed} passed, ${failed.length} failed, ${other} skipped; ${expected} must pass`);
  }
  if (code !== 0 && problems.length === 0) {
    problems.push(`the test runner ended with ${code}`);
  }
  return { passed, failed: failed.length };
}

async function ready() {
  const deadline = Date.now() + START_SECONDS * 1000;
  for (;;) {
    try {
      // A server without health routes answers 404 here, and that says it is up.
      const answer = await fetch(`${baseUrl}/readyz`);
      await answer.arrayBuffer();
      if (answer.status !== 503) return;
    } catch {
      // Nobody listens yet.
    }
    if (ending !== undefined || Date.now() > deadline) {
      const why = ending === undefined ? `is not ready after ${START_SECONDS} s` : `ended with ${ending}`;
      console.error(`${output}${testFile}: the server ${why}: ${words.join(" ")}`);
      process.exit(1);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function stop() {
  if (ending !== undefined) {
    problems.push(`the server ended by itself with ${ending}`);
    return;
  }
  server.kill("SIGTERM");
  const timer = new Promise((resolve) => setTimeout(resolve, STOP_SECONDS * 1000, "timeout").unref());
  const how = await Promise.race([gone, timer]);
  if (how === "timeout") {
    problems.push(`the server still runs ${STOP_SECONDS} s after SIGTERM`);
  } else if (how !== 0) {
    problems.push(`after SIGTERM the server ended with ${how}, not 0`);
  }
}

function run(program, args) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: here,
      env: { ...process.env, VARVE_BASE_URL: baseUrl, VARVE_COMMAND: JSON.stringify(command) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    child.stdout.on("data", (part) => (text += part));
    child.stderr.on("data", (part) => (text += part));
    child.on("error", (error) => resolve({ code: error.message, text }));
    child.on("exit", (code, signal) => resolve({ code: signal ?? code, text }));
  });
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port: found } = probe.address();
      probe.close(() => resolve(found));
    });
  });
}
