// Everything that we say to Telegram, and what our fake answers, held against the Bot API's specification: a checking
// proxy stands between the program and the fake and refuses what the specification does not allow.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { freePort, root, shared, until } from '../e2e/lib.mjs';
import { Shop } from '../e2e/telegram-kit.mjs';

const spec = shared('specs/derived/telegram-bot-api-openapi.json');
const prism = path.join(root, 'tests/node_modules/.bin/prism');
const missing = !spec ? 'no ../shared/specs here (TANGGAP_SHARED names another place)'
  : !existsSync(prism) ? 'prism is not installed (npm ci in tests/)' : false;

async function startProxy(target) {
  const port = await freePort();
  const child = spawn(process.execPath, [prism, 'proxy', spec, target, '-h', '127.0.0.1', '-p', String(port), '--errors'],
    { stdio: ['ignore', 'pipe', 'pipe'] });
  const proxy = { port, log: '', stop: () => new Promise((resolve) => { child.once('close', resolve); child.kill(); }) };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (piece) => { proxy.log += piece; });
  await until('prism to listen', () => /Prism is listening/.test(proxy.log) || child.exitCode !== null, 60000);
  assert.equal(child.exitCode, null, proxy.log);
  return proxy;
}

const violations = (log) => log.split('\n').filter((line) => /violation|UNPROCESSABLE|NO_PATH_MATCHED|contract/i.test(line));

for (const transport of ['poll', 'hook'])
  test(`by ${transport}: every request and answer is within the specification`, { skip: missing, timeout: 180000 }, async () => {
    let proxy;
    const shop = await Shop.open({ transport, through: async (target) => (proxy = await startProxy(target)).port });
    try {
      const { bot } = shop;
      const ani = bot.person(7000000001, 'Ani');
      bot.files.set('F1', { path: 'photos/file_1.jpg', bytes: Buffer.from('ffd8ffe0', 'hex') });
      bot.say(ani, 'Halo kak');
      bot.say(ani, null, { photo: [{ file_id: 'F1', file_unique_id: 'uF1', width: 1, height: 1, file_size: 4 }] });
      bot.push({ message: { message_id: 7, date: 1790000000, chat: { id: -1001, type: 'supergroup', title: 'Grup', is_forum: true }, from: ani, message_thread_id: 12, is_topic_message: true, text: 'Di topik' } });
      bot.push({ business_message: { message_id: 31, date: 1790000000, chat: { id: 7000000003, type: 'private', first_name: 'Citra' }, from: bot.person(7000000003, 'Citra'), business_connection_id: 'bc1', text: 'Ready?' } });
      const row = await shop.row('Ani');
      const said = await shop.said(row, 2);
      await until('the picture', async () => (await shop.said(row, 2)).some((m) => m.attachments[0]?.state === 'stored'));
      await shop.settled(row, await shop.send(row, 'Siap kak', { reply_to: said[0].id }), 'sent');
      await shop.settled(row, await shop.send(row, 'x '.repeat(3000)), 'sent');
      for (const other of (await shop.rows()).filter((r) => r.id !== row.id)) await shop.settled(other, await shop.send(other, 'Baik'), 'sent');
      assert.equal(bot.sent.length, 5);
      assert.deepEqual(violations(proxy.log), []);
      const used = new Set(bot.calls.map((c) => c.method));
      for (const method of ['getme', 'sendmessage', 'getfile', transport === 'poll' ? 'getupdates' : 'setwebhook']) assert.ok(used.has(method), method);
    } finally {
      await shop.close();
      await proxy?.stop();
    }
  });
