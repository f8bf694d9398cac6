// One run: webhook clients that repeat each update until they read 200 (and some of them again), colleagues who send
// replies, and somebody who kills parts of the system at random. Afterwards it must be true that
//   every delivery that was answered 200 is a message, exactly once;
//   every reply reached Telegram at most once, and exactly once unless it is shown as undecided;
//   replies of one conversation reached Telegram in the order in which they were written.
import { randomBytes } from 'node:crypto';
import http from 'node:http';

import { request, until } from './lib.mjs';
import { Shop } from './telegram-kit.mjs';

const DELIVERIES = Number(process.env.DELIVERIES ?? 5000);
const SENDS = Number(process.env.SENDS ?? 500);
const CHATS = 100;
const HOOK_CLIENTS = 16;
const SEND_CLIENTS = 4;

// mulberry32: small, seeded, good enough to choose victims.
function dice(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = a;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function updateOf(n) {
  const id = 7300000000 + (n % CHATS);
  const person = { id, is_bot: false, first_name: `Pelanggan ${n % CHATS}` };
  return { update_id: 1000 + n, message: { message_id: 10 + n, date: 1790000000 + n, from: person,
    chat: { id, type: 'private', first_name: person.first_name }, text: `Pesan ${n}` } };
}

class Run {
  constructor(seed) {
    this.seed = seed;
    this.random = dice(seed);
    // Every second seed has two work processes: neither may do what the other did.
    this.workers = seed % 2 ? ['work'] : ['work', 'second'];
    this.kills = { serve: 0, work: 0, postgres: 0 };
    this.acknowledged = new Set();
    this.sends = [];
    this.agent = new http.Agent({ keepAlive: true, maxSockets: HOOK_CLIENTS + SEND_CLIENTS });
    this.isOver = false;
  }

  async go() {
    this.shop = await Shop.open({ transport: 'hook', workers: this.workers });
    try {
      // Numbers of a chat's messages are one row at Telegram: ours must not fall among the customers'.
      this.shop.bot.nextMessage = 1000000;
      this.hook = { path: this.shop.bot.hookPath, secret: this.shop.bot.hook.secret };
      await this.rowsForSends();
      const killer = this.kill();
      await Promise.all([...this.hookClients(), ...this.sendClients()]);
      this.isOver = true;
      await killer;
      await this.settle();
      return this.judge();
    } finally {
      this.isOver = true;
      this.agent.destroy();
      await this.shop.close();
    }
  }

  // Conversations to answer must exist before the first reply: one message of each chat goes in undisturbed.
  async rowsForSends() {
    for (let n = 0; n < CHATS; n++) await this.deliver(n);
    await until('the first messages', () => this.shop.it.cluster.one('SELECT count(*) FROM message') === String(CHATS));
    this.conversations = this.shop.it.cluster.sql('SELECT id FROM conversation ORDER BY id').map(([id]) => id);
  }

  async deliver(n) {
    const body = JSON.stringify(updateOf(n));
    for (;;) {
      const reply = await request({ port: this.shop.it.port, url: this.hook.path, method: 'POST', body, agent: this.agent, timeoutMs: 8000,
        headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': this.hook.secret } }).catch(() => null);
      if (reply?.status === 200) {
        this.acknowledged.add(n);
        return;
      }
      await pause(20 + this.random() * 80);
    }
  }

  hookClients() {
    let next = CHATS;
    const client = async () => {
      while (next < DELIVERIES) {
        const n = next++;
        await this.deliver(n);
        if (this.random() < 0.1) await this.deliver(Math.floor(this.random() * n));
        if (this.random() < 0.05) await pause(this.random() * 400);
      }
    };
    return Array.from({ length: HOOK_CLIENTS }, client);
  }

  // A colleague writes to one conversation at a time and repeats the click, with the same key, until it is answered.
  async click(conversation, text) {
    const key = randomBytes(12).toString('hex');
    for (;;) {
      const reply = await this.shop.client.post(`${this.shop.base}/conversations/${conversation}/messages`, { text, seen: null, force: true },
        { 'idempotency-key': key }).catch(() => null);
      if (reply?.status === 201 || reply?.status === 200) {
        this.sends.push({ id: reply.json.id, text, conversation });
        return;
      }
      if (reply && reply.status < 500 && reply.status !== 429) throw new Error(`click: ${reply.status} ${reply.text}`);
      await pause(30 + this.random() * 100);
    }
  }

  sendClients() {
    let next = 0;
    const client = async (which) => {
      const own = this.conversations.filter((_, i) => i % SEND_CLIENTS === which);
      while (next < SENDS) {
        const n = next++;
        await this.click(own[n % own.length], `Balasan ${n}`);
        await pause(this.random() * 60);
      }
    };
    return Array.from({ length: SEND_CLIENTS }, (_, i) => client(i));
  }

  async kill() {
    const { it } = this.shop;
    while (!this.isOver) {
      await pause(300 + this.random() * 1000);
      if (this.isOver) return;
      const victim = ['serve', 'work', 'work', 'postgres'][Math.floor(this.random() * 4)];
      const worker = this.workers[Math.floor(this.random() * this.workers.length)];
      this.kills[victim]++;
      if (victim === 'postgres') {
        it.cluster.kill();
        await pause(this.random() * 300);
        it.cluster.start();
      } else {
        const name = victim === 'serve' ? 'serve' : worker;
        await it.end(name, 'SIGKILL');
        await pause(this.random() * 300);
        if (name === 'serve') await it.serve();
        else it.work(name);
      }
    }
  }

  async settle() {
    const left = () => Number(this.shop.it.cluster.one('SELECT (SELECT count(*) FROM delivery WHERE state = 0) + (SELECT count(*) FROM outbox WHERE state IN (0, 1))'));
    await until('deliveries and replies to be done', () => left() === 0, 60000);
  }

  judge() {
    const { cluster } = this.shop.it;
    const faults = [];
    const stored = new Map(cluster.sql('SELECT external_id, count(*) FROM message WHERE direction = 1 GROUP BY 1').map(([id, n]) => [id, Number(n)]));
    for (const n of this.acknowledged) {
      const { message } = updateOf(n);
      const count = stored.get(`${message.chat.id}/${message.message_id}`) ?? 0;
      if (count !== 1) faults.push(`delivery ${n} is there ${count} times`);
    }
    if (stored.size !== DELIVERIES) faults.push(`${stored.size} messages of ${DELIVERIES}`);

    const reached = new Map();
    for (const s of this.shop.bot.sent) reached.set(s.text, (reached.get(s.text) ?? 0) + 1);
    const rows = new Map(cluster.sql('SELECT id, state, text FROM outbox').map(([id, state, text]) => [id, { state: Number(state), text }]));
    let undecided = 0;
    for (const s of this.sends) {
      const row = rows.get(s.id), count = reached.get(s.text) ?? 0;
      if (row?.state === 4) undecided++;
      if (count > 1) faults.push(`"${s.text}" reached Telegram ${count} times`);
      else if (row?.state === 2 && count !== 1) faults.push(`"${s.text}" is shown as sent and did not arrive`);
      else if (row?.state !== 2 && row?.state !== 4) faults.push(`"${s.text}" is in state ${row?.state}`);
    }
    if (rows.size !== SENDS) faults.push(`${rows.size} replies of ${SENDS}`);
    const said = Number(cluster.one('SELECT count(*) FROM message WHERE direction = 2'));
    const sent = [...rows.values()].filter((r) => r.state === 2).length;
    if (said !== sent) faults.push(`${sent} replies sent, ${said} messages of ours`);

    const lastOf = new Map();
    for (const s of this.shop.bot.sent) {
      const n = Number(s.text.split(' ')[1]);
      if (n < (lastOf.get(s.chat_id) ?? -1)) faults.push(`"${s.text}" overtook ${lastOf.get(s.chat_id)}`);
      lastOf.set(s.chat_id, n);
    }
    return { faults, undecided, kills: this.kills };
  }
}

const runs = Number(process.argv[2] ?? 1);
let passed = 0, failed = 0;
for (let i = 0; i < runs; i++) {
  const seed = process.env.SEED ? Number(process.env.SEED) + i : runs === 1 ? 20261124 : Math.floor(Math.random() * 2 ** 31);
  const began = Date.now();
  let line;
  try {
    const { faults, undecided, kills } = await new Run(seed).go();
    line = `${DELIVERIES} deliveries, ${SENDS} replies (${undecided} undecided), killed serve ${kills.serve} work ${kills.work} postgres ${kills.postgres}`;
    if (faults.length) line += `\n  ${faults.slice(0, 10).join('\n  ')}${faults.length > 10 ? `\n  and ${faults.length - 10} more` : ''}`;
    if (faults.length) failed++;
    else passed++;
    line = `${faults.length ? 'FAILED' : 'ok'}  seed ${seed}: ${line}`;
  } catch (e) {
    failed++;
    line = `FAILED  seed ${seed}: ${e.stack}`;
  }
  console.log(`${line}, ${((Date.now() - began) / 1000).toFixed(0)} s`);
}
console.log(`crash: ${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
