// A bot in the panel: it is connected by its token, a customer's message arrives while one looks, a reply goes out, and
// every way in which that can go wrong is told in words.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FakeTelegram } from '../e2e/fake-telegram.mjs';
import { shot, Stage, t, until } from './lib.mjs';

let fake;
let bot;
let stage;
let page;
const sari = { id: 7001, is_bot: false, first_name: 'Sari', last_name: 'Wulandari', username: 'sari.w' };

before(async () => {
  fake = await FakeTelegram.start();
  bot = fake.bot();
  stage = await Stage.make({ env: fake.env });
  page = await stage.open();
});
after(async () => {
  await stage?.close();
  await (fake?.stop ?? fake?.close)?.call(fake);
});

test('a pasted token connects the bot, and the first "halo" turns the screen green', async () => {
  await stage.go(page, '/channels/telegram');
  await page.getByLabel(t('telegram.token')).fill(bot.token);
  await page.getByRole('button', { name: t('channel.connect') }).last().click().catch(() => undefined);
  await page.getByText(t('telegram.checked')).waitFor({ timeout: 30000 });
  await page.getByText(t('telegram.hello')).waitFor();
  bot.say(sari, 'halo');
  await page.getByText(t('telegram.arrived'), { exact: true }).waitFor({ timeout: 30000 });
  await shot(page, 'telegram-connected');
  await page.getByRole('link', { name: t('telegram.see') }).click();
  await page.locator('.row', { hasText: 'Sari Wulandari' }).waitFor();
});

test('a message arrives while the conversation is open', async () => {
  await page.locator('.row', { hasText: 'Sari Wulandari' }).click();
  await page.locator('.bubble', { hasText: 'halo' }).waitFor();
  bot.say(sari, 'Kak, brownies masih ada?');
  await page.locator('.bubble', { hasText: 'brownies masih ada' }).waitFor();
});

test('a reply goes out to the bot and is shown as sent', async () => {
  await page.locator('#composer').fill('Masih ada, Kak. Mau berapa kotak?');
  await page.getByRole('button', { name: t('composer.send') }).click();
  await until('the bot to have sent it', () => bot.sent.some((m) => JSON.stringify(m).includes('Mau berapa kotak')));
  const bubble = page.locator('.bubble.us', { hasText: 'Mau berapa kotak' });
  await bubble.locator('[title="' + t('delivery.sent') + '"]').waitFor();
  await page.locator('.bubble-who', { hasText: t('bubble.panel', { name: 'Pemilik Uji' }) }).waitFor();
});

test('a newer message stops the reply: read first, then send anyway; nothing goes out before', async () => {
  await page.locator('#composer').fill('Baik, tiga kotak ya.');
  // the message is stored, but this window hears of it only after it has tried to send
  let hasTried = false;
  const hold = (route) => {
    hasTried ||= route.request().method() === 'POST';
    return hasTried ? route.continue() : route.abort();
  };
  await page.route('**/messages**', hold);
  bot.say(sari, 'Eh, jadi lima kotak saja');
  await until('it to be stored', () => stage.it.cluster.one("SELECT count(*) FROM message WHERE text LIKE 'Eh, jadi lima%'") === '1');
  await page.keyboard.press('Control+Enter');
  await page.getByText(t('composer.newer')).waitFor();
  await page.unroute('**/messages**', hold);
  assert.equal(await page.locator('#composer').inputValue(), 'Baik, tiga kotak ya.', 'the draft stays');
  assert.ok(!bot.sent.some((m) => JSON.stringify(m).includes('tiga kotak')));
  await page.locator('.bubble', { hasText: 'jadi lima kotak' }).waitFor();
  await shot(page, 'newer-message');
  await page.getByRole('button', { name: t('composer.read_first') }).click();
  await page.locator('#composer').fill('Baik, lima kotak ya.');
  await page.getByRole('button', { name: t('composer.send_anyway') }).click();
  await until('the bot to have sent it', () => bot.sent.some((m) => JSON.stringify(m).includes('lima kotak ya')));
});

test('a refused reply says why and offers what helps', async () => {
  bot.blocked.add(String(sari.id));
  await page.locator('#composer').fill('Pesanan sudah dikirim, Kak.');
  await page.keyboard.press('Control+Enter');
  const bubble = page.locator('.bubble.failed', { hasText: 'Pesanan sudah dikirim' });
  await bubble.waitFor({ timeout: 30000 });
  await page.locator('.bubble-alarm', { hasText: t('delivery.failed') }).waitFor();
  assert.ok((await bubble.locator('.bubble-why').textContent()).length > 10, 'a reason in words');
  await shot(page, 'refused');
  await page.getByText(t('thread.blocked')).waitFor();
  await bubble.getByRole('button', { name: t('act.delete') }).click();
  await bubble.waitFor({ state: 'detached' });
  bot.blocked.delete(String(sari.id));
  const change = (status) => ({ user: { id: bot.id, is_bot: true, first_name: 'Bot' }, status });
  bot.push({ my_chat_member: { chat: { id: sari.id, type: 'private', first_name: 'Sari' }, from: sari, date: Math.floor(Date.now() / 1000),
    old_chat_member: change('kicked'), new_chat_member: change('member') } });
  await until('the block to be lifted', () => stage.it.cluster.one('SELECT bool_or(is_blocked) FROM identity') === 'f');
});

test('an edited message shows its versions', async () => {
  const said = bot.say(sari, 'Alamat: Jl. Melati 1');
  await page.locator('.bubble', { hasText: 'Jl. Melati 1' }).waitFor();
  bot.push({ edited_message: { ...said, edit_date: Math.floor(Date.now() / 1000), text: 'Alamat: Jl. Melati 11' } });
  await page.locator('.bubble', { hasText: 'Jl. Melati 11' }).getByRole('button', { name: t('bubble.edited') }).click();
  await page.getByRole('dialog').getByText('Alamat: Jl. Melati 1', { exact: true }).waitFor();
  await page.keyboard.press('Escape');
});

test('what is written without a line waits, and goes out once', async () => {
  await page.context().setOffline(true);
  await page.getByText(t('strip.offline')).waitFor();
  await page.locator('#composer').fill('Ditulis tanpa sinyal.');
  await page.keyboard.press('Control+Enter');
  await page.locator('.bubble.us', { hasText: 'Ditulis tanpa sinyal' }).getByText(t('delivery.waiting')).waitFor();
  await page.context().setOffline(false);
  const times = () => bot.sent.filter((m) => JSON.stringify(m).includes('Ditulis tanpa sinyal')).length;
  await until('the bot to have sent it', () => times() > 0, 30000);
  await page.locator('.bubble.us', { hasText: 'Ditulis tanpa sinyal' }).locator('[title="' + t('delivery.sent') + '"]').waitFor();
  assert.equal(times(), 1);
});

test('giving, resolving and leaving without a reply are told to everybody', async () => {
  await page.locator('.thread-head').getByRole('button', { name: t('thread.menu') }).click();
  await page.getByRole('menuitem', { name: t('act.assign') }).click();
  await page.getByRole('dialog').getByRole('button', { name: /Pemilik Uji/ }).click();
  await page.getByText(t('done.assigned', { name: 'Pemilik Uji' })).waitFor();
  await page.getByRole('button', { name: t('act.resolve'), exact: true }).click();
  await page.locator('.thread-closed').waitFor();
  bot.say(sari, 'Satu lagi, Kak');
  await page.locator('#composer').waitFor();
});

test('an arrival waits while the pointer is on the list, and nothing moves under it', async () => {
  await stage.go(page, '/inbox');
  await page.locator('.row').first().waitFor();
  await page.locator('.row').first().hover();
  const before = await page.locator('.row').first().boundingBox();
  bot.say({ id: 7002, is_bot: false, first_name: 'Bima', last_name: 'Saputra' }, 'Permisi, mau pesan');
  await page.locator('.pill', { hasText: '1' }).waitFor();
  assert.deepEqual(await page.locator('.row').first().boundingBox(), before);
  assert.equal(await page.locator('.row', { hasText: 'Bima Saputra' }).count(), 0);
  await page.locator('.pill').click();
  await page.locator('.row', { hasText: 'Bima Saputra' }).waitFor();
});

test('messages are walked with arrows, and m opens the menu of one', async () => {
  await page.locator('.row', { hasText: 'Bima Saputra' }).click();
  await page.locator('.bubble', { hasText: 'Permisi' }).waitFor();
  await page.locator('.messages').focus();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('m');
  await page.getByRole('menuitem', { name: t('bubble.quote') }).click();
  await page.locator('.composer-quote', { hasText: 'Permisi' }).waitFor();
  await page.locator('#composer').fill('Boleh, Kak Bima');
  await page.keyboard.press('Control+Enter');
  await page.locator('.bubble.us', { hasText: 'Boleh, Kak Bima' }).locator('.quote', { hasText: 'Permisi' }).waitFor();
});
