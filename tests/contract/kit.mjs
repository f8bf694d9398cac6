// What the contract tests share: a checking proxy for a specification in front of a fake, ops sent through the real step
// machine and HTTP client (build/tests/step_drive), and the count of requests that were checked.
//
//   const contract = await Contract.open({ name: 'line', spec: 'derived/line-messaging-strict.json', upstream: fake.url });
//   const r = await contract.run({ platform: 'line', kind: 'SEND', api_base: contract.url, … });
//   r.outcome, r.calls[0].status …                       // any violation in it throws
//   await contract.close();                              // prints the count; throws when the proxy saw a violation
//
// Without `spec` the fake itself does the checking, and answers what breaks its tables with "CONTRACT VIOLATION …".
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import readline from 'node:readline';

import { freePort, root, shared } from '../e2e/lib.mjs';

// Under ../shared/specs; or a whole path, of a specification that a test cut for itself.
const specAt = (spec) => (path.isAbsolute(spec) ? spec : shared('specs', spec));
const prism = path.join(root, 'tests/node_modules/.bin/prism');
const driver = path.join(root, 'build/tests/step_drive');

// Why a test that needs this specification (a path under ../shared/specs) cannot run here; false: it can.
export function missing(spec) {
  if (!specAt(spec)) return `no ../shared/specs/${spec} here (TANGGAP_SHARED names another place)`;
  return existsSync(prism) ? false : 'prism is not installed (npm ci in tests/)';
}

const ended = (child) => new Promise((resolve) => {
  if (child.exitCode !== null || child.signalCode !== null) resolve();
  else child.once('close', resolve);
});

// The proxy alone, for tests whose requests come from the whole program.
export async function startProxy(spec, upstream) {
  const port = await freePort();
  const child = spawn(process.execPath, [prism, 'proxy', specAt(spec), upstream, '-h', '127.0.0.1', '-p', String(port), '--errors'],
    { stdio: ['ignore', 'pipe', 'pipe'] });
  const proxy = { port, url: `http://127.0.0.1:${port}`, log: '' };
  await new Promise((resolve, reject) => {
    child.once('error', reject).once('close', () => reject(new Error(`prism ended:\n${proxy.log}`)));
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (piece) => {
        proxy.log += piece;
        if (proxy.log.includes('Prism is listening')) resolve();
      });
  });
  proxy.violations = () => proxy.log.split('\n').filter((line) => /violation|UNPROCESSABLE|NO_PATH_MATCHED|NO_METHOD_MATCHED|contract/i.test(line));
  proxy.stop = async () => {
    child.kill();
    await ended(child);
  };
  return proxy;
}

// One line for people, and one for tests/contract/run to add up.
export function tellChecked(name, count, against) {
  console.log(`${name}: ${count} requests checked against ${against}`);
  if (process.env.TANGGAP_CONTRACT_COUNTS) appendFileSync(process.env.TANGGAP_CONTRACT_COUNTS, `${name}\t${count}\n`);
}

// Ops go in one after the other; results come out in the same order.
export class Driver {
  constructor() {
    this.child = spawn(driver, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.waiting = [];
    this.log = '';
    this.child.stderr.setEncoding('utf8').on('data', (piece) => { this.log += piece; });
    readline.createInterface({ input: this.child.stdout }).on('line', (line) => this.waiting.shift().resolve(JSON.parse(line)));
    const fail = (e) => this.waiting.splice(0).forEach((w) => w.reject(e));
    this.child.once('error', fail).once('close', () => fail(new Error(`step_drive ended: ${this.log}`)));
    this.child.stdin.on('error', fail);
  }

  run(op) {
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
      this.child.stdin.write(`${JSON.stringify(op)}\n`);
    });
  }

  async stop() {
    this.child.stdin.end();
    await ended(this.child);
  }
}

// One address for several proxies, where a platform describes its interface in several files: [prefix of a path, proxy].
async function startRouter(routes, otherwise) {
  const server = http.createServer((rq, reply) => {
    const to = new URL((routes.find(([prefix]) => rq.url.startsWith(prefix))?.[1] ?? otherwise).url);
    const call = http.request({ host: to.hostname, port: to.port, method: rq.method, path: rq.url, headers: rq.headers }, (answer) => {
      reply.writeHead(answer.statusCode, answer.headers);
      answer.pipe(reply);
    });
    call.once('error', () => reply.destroy());
    rq.pipe(call);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }) };
}

export class Contract {
  // also: [[prefix, spec] …] for paths that stand in further specifications.
  static async open({ name, spec, also = [], upstream, common = {} }) {
    const contract = new Contract();
    contract.name = name;
    contract.against = [spec, ...also.map(([, other]) => other)].filter(Boolean).join(' and ') || 'the table of fields';
    contract.proxies = spec ? await Promise.all([spec, ...also.map(([, other]) => other)].map((one) => startProxy(one, upstream))) : [];
    const [first, ...others] = contract.proxies;
    contract.router = others.length ? await startRouter(also.map(([prefix], n) => [prefix, others[n]]), first) : null;
    contract.url = (contract.router ?? first)?.url ?? upstream;
    contract.common = common;
    contract.checked = 0;
    contract.driver = new Driver();
    return contract;
  }

  // One op, with the members that all ops of this contract share under its own.
  async run(op) {
    const result = await this.driver.run({ ...this.common, ...op });
    const bad = result.calls.filter((call) => call.violation || call.problem);
    this.checked += result.calls.filter((call) => call.url.startsWith(this.url)).length;
    assert.deepEqual(bad, [], `${op.kind} breaks the contract`);
    assert.equal(result.failed, undefined, `${op.kind}: ${result.failed}`);
    return result;
  }

  async close() {
    await this.driver.stop();
    await this.router?.stop();
    await Promise.all(this.proxies.map((proxy) => proxy.stop()));
    tellChecked(this.name, this.checked, this.against);
    assert.deepEqual(this.proxies.flatMap((proxy) => proxy.violations()), []);
  }
}
