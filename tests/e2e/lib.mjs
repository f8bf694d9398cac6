// Starts the real thing for tests and benchmarks: a private PostgreSQL cluster, `tanggap migrate`, `serve`, `work`.
// Everything lives in one temporary folder and ends with stop(), also when a test throws or the runner is interrupted.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, mkdirSync, chmodSync, rmSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const program = process.env.TANGGAP_PROGRAM ?? path.join(root, 'build/tanggap');

// Test files that CI has and a user's machine has not: null there, and the test must say that it skips.
export function shared(...parts) {
  const base = process.env.TANGGAP_SHARED ?? path.join(root, '../shared');
  const file = path.join(base, ...parts);
  return existsSync(file) ? file : null;
}

function postgresBin() {
  const base = '/usr/lib/postgresql';
  const newest = readdirSync(base).map(Number).filter((v) => v >= 15).sort((a, b) => b - a)[0];
  return path.join(base, String(newest), 'bin');
}

// PostgreSQL refuses to run as root: step down to a user that Debian's package made.
function asPlainUser(command, args) {
  return process.getuid() === 0 ? ['runuser', ['-u', 'postgres', '--', command, ...args]] : [command, args];
}

function run(command, args, options = {}) {
  const r = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (r.error) throw r.error;
  if (r.status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${r.status}:\n${r.stdout}\n${r.stderr}`);
  return r.stdout;
}

export async function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net.createServer().once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

// Asks again every few milliseconds until ask() gives something true; the event is what ends the wait, not the clock.
export async function until(what, ask, limitMs = 15000) {
  const end = Date.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${limitMs} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

export class Cluster {
  constructor({ fsync = true, settings = {} } = {}) {
    this.dir = mkdtempSync(path.join(os.tmpdir(), 'tg-'));
    chmodSync(this.dir, 0o755);
    this.bin = postgresBin();
    this.data = path.join(this.dir, 'pg');
    // autovacuum as the embedded cluster has it: without statistics the first minute's plans are guesses
    this.settings = { listen_addresses: '', autovacuum_naptime: '5s', fsync: fsync ? 'on' : 'off', max_connections: '60',
      unix_socket_directories: this.dir, ...settings };
    mkdirSync(this.data);
    if (process.getuid() === 0) {
      run('chown', ['postgres', this.data, this.dir]);
    }
    const [command, args] = asPlainUser(path.join(this.bin, 'initdb'), ['-D', this.data, '-U', 'tanggap_super', '-A',
      'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-instructions', ...(fsync ? [] : ['--no-sync'])]);
    run(command, args);
    this.start();
    this.sql('CREATE ROLE tanggap_owner LOGIN; CREATE ROLE tanggap_web LOGIN; CREATE ROLE tanggap_work LOGIN', 'postgres');
    this.sql('CREATE DATABASE tanggap OWNER tanggap_owner', 'postgres');
  }

  get url() {
    return `host=${this.dir} dbname=tanggap`;
  }

  start() {
    const set = Object.entries(this.settings).map(([k, v]) => `-c ${k}=${v}`).join(' ');
    const [command, args] = asPlainUser(path.join(this.bin, 'pg_ctl'), ['-D', this.data, '-w', '-o', set, '-l',
      path.join(this.data, 'log'), 'start']);
    run(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  }

  stop(mode = 'fast') {
    const [command, args] = asPlainUser(path.join(this.bin, 'pg_ctl'), ['-D', this.data, '-w', '-m', mode, 'stop']);
    spawnSync(command, args);
  }

  // SIGKILL for the postmaster and all its children: what a power cut looks like to us.
  kill() {
    const postmaster = Number(readFileSync(path.join(this.data, 'postmaster.pid'), 'utf8').split('\n')[0]);
    const children = spawnSync('pgrep', ['-P', String(postmaster)], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean).map(Number);
    for (const pid of [postmaster, ...children]) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (e) {
        if (e.code !== 'ESRCH') throw e;
      }
    }
    for (const pid of [postmaster, ...children]) while (existsSync(`/proc/${pid}`)) spawnSync('sleep', ['0.01']);
  }

  // Rows as arrays of texts, for looking into the database from a test. Runs as the superuser.
  sql(text, database = 'tanggap', user = 'tanggap_super') {
    const out = run('psql', ['-X', '-q', '-t', '-A', '-F', '\x1f', '-v', 'ON_ERROR_STOP=1', '-h', this.dir, '-U', user,
      '-d', database, '-c', text]);
    return out.split('\n').filter((line) => line !== '').map((line) => line.split('\x1f'));
  }

  one(text) {
    return this.sql(text)[0]?.[0];
  }

  destroy() {
    this.stop('immediate');
    rmSync(this.dir, { recursive: true, force: true });
  }
}

// One installation: cluster, state folder, processes, and clients that talk to it.
export class Installation {
  static async make(options = {}) {
    const it = new Installation();
    it.cluster = new Cluster(options);
    it.state = path.join(it.cluster.dir, 'state');
    mkdirSync(it.state);
    it.port = await freePort();
    it.processes = new Map();
    it.logs = new Map();
    it.env = {
      PATH: process.env.PATH, HOME: process.env.HOME ?? '/',
      TANGGAP_STATE_DIR: it.state,
      TANGGAP_DATABASE_URL: it.cluster.url,
      TANGGAP_HTTP_LISTEN: `127.0.0.1:${it.port}`,
      TANGGAP_HTTP_WEB_DIR: path.join(root, 'web/dist'),
      TANGGAP_WORK_ALLOW_PRIVATE_ADDRESSES: 'true',
      ...options.env,
    };
    it.onExit = () => it.destroy();
    process.once('exit', it.onExit);
    try {
      it.command(['migrate']);
    } catch (e) {
      it.destroy();
      throw e;
    }
    return it;
  }

  // Runs a command of the program to its end; input goes to stdin.
  command(args, { input, env } = {}) {
    return run(program, args, { input, env: { ...this.env, ...env } });
  }

  // A business with an owner; secrets go in by stdin.
  addBusiness(name = 'Dapur Uji', email = 'pemilik@uji.example', password = 'rahasia-uji-123') {
    const business = JSON.parse(this.command(['business', 'add', '--name', name, '--json'])).id;
    this.command(['person', 'add', '--email', email, '--name', 'Pemilik Uji', '--business', business, '--role', 'owner'],
      { input: `${password}\n` });
    return { business, email, password };
  }

  spawn(name, args = [name], env = {}) {
    const child = spawn(program, args, { env: { ...this.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let log = this.logs.get(name) ?? '';
    const keep = (piece) => {
      log = (log + piece).slice(-200000);
      this.logs.set(name, log);
      if (process.env.TANGGAP_TEST_VERBOSE) process.stderr.write(piece);
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.ended = new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
    this.processes.set(name, child);
    return child;
  }

  async serve(env) {
    this.spawn('serve', ['serve'], env);
    await until('serve to be ready', async () => {
      if (this.processes.get('serve').exitCode !== null) throw new Error(`serve ended:\n${this.logs.get('serve')}`);
      return (await this.fetch('/readyz').catch(() => null))?.status === 200;
    });
  }

  work(name = 'work', env = {}) {
    return this.spawn(name, ['work'], env);
  }

  async end(name, signal = 'SIGTERM') {
    const child = this.processes.get(name);
    if (!child) return undefined;
    this.processes.delete(name);
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return child.ended;
  }

  fetch(url, options = {}) {
    return request({ port: this.port, url, ...options });
  }

  async login(email, password) {
    const client = new Client(this);
    const reply = await client.post('/api/v1/login', { email, password });
    if (reply.status !== 200) throw new Error(`login: ${reply.status} ${reply.text}`);
    client.me = reply.json;
    client.csrf = reply.json.csrf;
    return client;
  }

  destroy() {
    process.removeListener('exit', this.onExit);
    for (const child of this.processes.values()) child.kill('SIGKILL');
    this.processes.clear();
    this.cluster.destroy();
  }
}

// A small HTTP call; json is filled when the answer is JSON.
export function request({ port, url, method = 'GET', headers = {}, body, timeoutMs = 20000, agent }) {
  return new Promise((resolve, reject) => {
    const call = http.request({ host: '127.0.0.1', port, path: url, method, headers, agent, timeout: timeoutMs }, (reply) => {
      const pieces = [];
      reply.on('data', (piece) => pieces.push(piece)).once('error', reject).once('end', () => {
        const bytes = Buffer.concat(pieces);
        const text = bytes.toString('utf8');
        const isJson = /json/.test(reply.headers['content-type'] ?? '');
        resolve({ status: reply.statusCode, headers: reply.headers, bytes, text, json: isJson && text ? JSON.parse(text) : undefined });
      });
    });
    call.once('timeout', () => call.destroy(new Error(`no answer within ${timeoutMs} ms: ${method} ${url}`)));
    call.once('error', reject);
    call.end(body);
  });
}

// A logged-in browser without the browser: keeps the cookie, sends the CSRF token.
export class Client {
  constructor(installation) {
    this.installation = installation;
    this.cookie = '';
    this.csrf = '';
  }

  async call(method, url, body, headers = {}) {
    const isBytes = Buffer.isBuffer(body);
    const reply = await this.installation.fetch(url, {
      method,
      headers: {
        ...(this.cookie ? { cookie: this.cookie } : {}),
        ...(this.csrf && method !== 'GET' ? { 'x-csrf-token': this.csrf } : {}),
        ...(body === undefined ? {} : { 'content-type': isBytes ? 'application/octet-stream' : 'application/json' }),
        ...headers,
      },
      body: body === undefined || isBytes ? body : JSON.stringify(body),
    });
    for (const line of reply.headers['set-cookie'] ?? []) this.cookie = line.split(';')[0];
    return reply;
  }

  get(url, headers) { return this.call('GET', url, undefined, headers); }
  post(url, body = {}, headers = {}) {
    return this.call('POST', url, body, { 'idempotency-key': randomBytes(12).toString('hex'), ...headers });
  }
  put(url, body, headers) { return this.call('PUT', url, body, headers); }
  patch(url, body) { return this.call('PATCH', url, body); }
  delete(url) { return this.call('DELETE', url); }

  // Event stream as an async list of {id, event, data}; close() ends it.
  events(url, headers = {}) {
    const seen = [];
    const stream = http.get({ host: '127.0.0.1', port: this.installation.port, path: url,
      headers: { cookie: this.cookie, accept: 'text/event-stream', ...headers } });
    const opened = new Promise((resolve, reject) => {
      stream.once('error', reject).once('response', (reply) => {
        let rest = '';
        reply.setEncoding('utf8').on('data', (piece) => {
          const blocks = (rest + piece).split('\n\n');
          rest = blocks.pop();
          for (const block of blocks) {
            const event = Object.fromEntries(block.split('\n').filter((l) => l && !l.startsWith(':'))
              .map((l) => [l.slice(0, l.indexOf(':')), l.slice(l.indexOf(':') + 1).trim()]));
            if (event.data) seen.push({ ...event, data: JSON.parse(event.data) });
          }
        }).on('error', () => {});
        resolve(reply.statusCode);
      });
    });
    stream.on('error', () => {});
    return { opened, seen, close: () => stream.destroy() };
  }
}

export function writeTemp(name, content) {
  const file = path.join(mkdtempSync(path.join(os.tmpdir(), 'tgf-')), name);
  writeFileSync(file, content);
  return file;
}
