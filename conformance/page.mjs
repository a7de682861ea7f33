// Tries the page of examples/spring-live in a browser.
//
//     node page.mjs KEPT CHROMIUM COMMAND...
//
// COMMAND starts the application; --server.port=PORT is put behind it. KEPT is how many links it still has after it was killed, 0 or 1. Prints what was seen; exits with 1 when something was not.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { chromium } from 'playwright-core';

const [kept, executablePath, command, ...options] = process.argv.slice(2);
const PATIENCE_MS = 60_000;
let application;
let output = '';

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

async function start(port) {
  application = spawn(command, [...options, `--server.port=${port}`], { stdio: ['ignore', 'pipe', 'pipe'] });
  application.stdout.on('data', (data) => { output += data; });
  application.stderr.on('data', (data) => { output += data; });
  for (let waited = 0; waited < PATIENCE_MS; waited += 200) {
    if (await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)) {
      return;
    }
    assert.equal(application.exitCode, null, 'the application ended');
    await new Promise((resolve) => { setTimeout(resolve, 200); });
  }
  assert.fail('the application did not start');
}

function stop() {
  return new Promise((resolve) => {
    if (!application || application.exitCode !== null || application.signalCode !== null) {
      resolve();
      return;
    }
    application.on('exit', resolve);
    application.kill('SIGKILL');
  });
}

async function open(browser, port, faults) {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  page.on('pageerror', (error) => faults.push(String(error)));
  await page.goto(`http://127.0.0.1:${port}/`);
  await page.locator('#state', { hasText: 'Live.' }).waitFor();
  return page;
}

const add = async (page, fields) => {
  for (const [name, value] of Object.entries(fields)) {
    await page.locator(`input[name=${name}]`).fill(value);
  }
  await page.locator('#add button').click();
};
const links = (page) => page.locator('#links li');
const wrong = (page, field) => page.locator(`[data-error="${field}"]`);

async function tryPage(browser, port) {
  const faults = [];
  const mine = await open(browser, port, faults);
  const theirs = await open(browser, port, faults);

  await add(mine, { slug: 'dust', title: '', url: 'ftp://host' });
  await wrong(mine, 'title').filter({ hasText: 'blank' }).waitFor();
  await wrong(mine, 'url').filter({ hasText: 'http' }).waitFor();
  assert.equal(await links(theirs).count(), 0);

  await add(mine, { title: '<b>Dust</b>', url: 'https://example.org/' });
  await links(theirs).filter({ hasText: '<b>Dust</b>' }).waitFor();
  assert.equal(await links(theirs).locator('a').getAttribute('href'), 'https://example.org/');
  await mine.waitForFunction(() => document.querySelector('input[name=slug]').value === '');
  assert.equal(await wrong(mine, 'title').textContent(), '');

  await add(mine, { slug: 'a', title: 'First' });
  await links(theirs).filter({ hasText: 'First' }).waitFor();
  assert.deepEqual(await links(theirs).locator('span').allTextContents(), ['a', 'dust']);

  await add(theirs, { slug: 'dust', title: 'Another' });
  await wrong(theirs, 'slug').filter({ hasText: 'taken' }).waitFor();

  await links(theirs).filter({ hasText: 'First' }).locator('button').click();
  await links(mine).filter({ hasText: 'First' }).waitFor({ state: 'detached' });

  await stop();
  await mine.locator('#state', { hasText: 'Connecting' }).waitFor();
  await start(port);
  await mine.locator('#state', { hasText: 'Live.' }).waitFor();
  assert.equal(await links(mine).count(), Number(kept), 'what is there after the application came back');
  assert.deepEqual(faults, []);
}

let browser;
try {
  const port = await freePort();
  await start(port);
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  await tryPage(browser, port);
  console.log('two windows saw each other, what was wrong with a form, and an application that went and came back');
} catch (failure) {
  console.error(failure);
  console.error(output.slice(-4000));
  process.exitCode = 1;
} finally {
  await browser?.close();
  await stop();
}
