// Everything that we say to Telegram, and what our fake answers, held against the Bot API's specification: a checking
// proxy stands between the program and the fake and refuses what the specification does not allow.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { until } from '../e2e/lib.mjs';
import { Shop } from '../e2e/telegram-kit.mjs';
import { missing, startProxy, tellChecked } from './kit.mjs';

const spec = 'derived/telegram-bot-api-openapi.json';

for (const transport of ['poll', 'hook'])
  test(`by ${transport}: every request and answer is within the specification`, { skip: missing(spec), timeout: 180000 }, async () => {
    let proxy;
    const shop = await Shop.open({ transport, through: async (target) => (proxy = await startProxy(spec, target)).port });
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
      assert.deepEqual(proxy.violations(), []);
      const used = new Set(bot.calls.map((c) => c.method));
      for (const method of ['getme', 'sendmessage', 'getfile', transport === 'poll' ? 'getupdates' : 'setwebhook']) assert.ok(used.has(method), method);
      tellChecked('telegram', bot.calls.length, spec);
    } finally {
      await shop.close();
      await proxy?.stop();
    }
  });
