// Accounts are connected in the panel against fakes: what is typed is checked field by field, what the platform says is
// told, a customer's first message arrives while one looks, and an answer goes out.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { hex } from '../e2e/connect-kit.mjs';
import * as line from '../fakes/line.mjs';
import * as facebook from '../fakes/page.mjs';
import * as youtube from '../fakes/youtube.mjs';
import { DESKTOP, PHONE, shot, Stage, t, until } from './lib.mjs';

let shop, fb, yt, stage, page;

before(async () => {
  shop = await line.start({ secret: hex(16), token: `line-token-${hex(12)}` });
  fb = await facebook.start({ appSecret: hex(16), token: `EAAPAGE${hex(12)}` });
  yt = await youtube.start();
  yt.client = { id: 'klien-uji.apps.example', secret: 'rahasia-klien-uji' };
  stage = await Stage.make({ env: { TANGGAP_LINE_API_BASE: shop.url, TANGGAP_LINE_DATA_BASE: shop.url, TANGGAP_META_GRAPH_BASE: fb.url,
    TANGGAP_YOUTUBE_API_BASE: yt.url, TANGGAP_GOOGLE_TOKEN_URL: yt.tokenUrl, TANGGAP_GOOGLE_AUTH_BASE: `${yt.url}/consent`,
    TANGGAP_HTTP_PUBLIC_URL: 'https://toko.example' } });
  shop.hookDefaults = { host: '127.0.0.1', port: stage.it.port };
  page = await stage.open();
});
after(async () => {
  await stage?.close();
  for (const fake of [shop, fb, yt]) await fake?.close();
});

const submit = () => page.getByRole('dialog').getByRole('button', { name: t('channel.connect'), exact: true });

test('the choice shows every platform', async () => {
  await stage.go(page, '/channels');
  await page.getByRole('button', { name: t('channel.connect') }).click();
  for (const p of ['telegram', 'facebook', 'instagram', 'whatsapp', 'line', 'youtube', 'x']) await page.getByText(t(`connect.card.${p}`)).waitFor();
  await shot(page, 'connect-choose');
});

test('LINE: a field that cannot be right is named before anything is sent', async () => {
  await page.getByRole('dialog').getByText(t('connect.card.line')).click();
  await page.getByLabel(t('connect.f.channel_secret'), { exact: true }).fill('ini bukan rahasianya');
  await page.getByText(t('connect.odd.hex')).waitFor();
  assert.ok(await submit().isDisabled());
  await shot(page, 'connect-line-odd');
});

test('LINE: a token that LINE refuses is told, with the way to mend it', async () => {
  await page.getByLabel(t('connect.f.channel_secret'), { exact: true }).fill(shop.secret);
  await page.getByLabel(t('connect.f.channel_token'), { exact: true }).fill('x'.repeat(64));
  await submit().click();
  await page.getByText(t('channel.cause.token_of', { platform: 'LINE' })).first().waitFor({ timeout: 30000 });
  await shot(page, 'connect-line-refused');
  await page.getByRole('link', { name: t('connect.again') }).click();
});

test('LINE: the right one connects, the first message arrives, and an answer goes out', async () => {
  await page.getByLabel(t('connect.f.channel_secret'), { exact: true }).fill(shop.secret);
  await page.getByLabel(t('connect.f.channel_token'), { exact: true }).fill(shop.token);
  await submit().click();
  await page.getByText(t('connect.known', { platform: 'LINE' })).waitFor({ timeout: 30000 });
  await page.getByText(t('connect.hook_set'), { exact: true }).waitFor();
  await page.getByText(t('connect.hello'), { exact: true }).waitFor();
  await shot(page, 'connect-line-waiting');
  assert.equal(await shop.deliver([shop.message(shop.person(1, 'Ani Contoh'), { type: 'text', text: 'Halo, masih ada kue lapis?' })]), 200);
  await page.getByText(t('connect.arrived'), { exact: true }).waitFor({ timeout: 30000 });
  await page.getByRole('link', { name: t('telegram.see') }).click();
  await page.locator('.row').first().click();
  await page.locator('.bubble', { hasText: 'kue lapis' }).waitFor();
  await page.locator('#composer').fill('Masih, Kak. Mau berapa?');
  await page.getByRole('button', { name: t('composer.send') }).click();
  await until('LINE to have it', () => shop.sent.some((s) => JSON.stringify(s.messages).includes('Mau berapa')), 30000);
});

test('Facebook: a missing permission is named, and the webhook waits to be seen', async () => {
  fb.scopes = fb.scopes.filter((s) => s !== 'pages_manage_engagement');
  await stage.go(page, '/channels/facebook');
  await page.getByLabel(t('connect.f.app_id'), { exact: true }).fill(fb.appId);
  await page.getByLabel(t('connect.f.app_secret'), { exact: true }).fill(fb.appSecret);
  await page.getByLabel(t('connect.optional', { label: t('connect.f.page_token') })).fill(fb.token);
  await shot(page, 'connect-facebook');
  await submit().click();
  await page.getByText(t('connect.missing', { list: 'pages_manage_engagement' }), { exact: true }).waitFor({ timeout: 30000 });
  await page.getByText(t('connect.hook_wait', { platform: 'Facebook' })).waitFor();
  await shot(page, 'connect-facebook-missing');
  const look = new URL(await page.locator('.paste code').first().textContent());
  const word = await page.locator('.paste code').nth(1).textContent();
  const seen = await stage.it.fetch(`${look.pathname}?hub.mode=subscribe&hub.challenge=99&hub.verify_token=${word}`);
  assert.equal(seen.text, '99');
  await page.getByText(t('connect.hook_set'), { exact: true }).waitFor();
  await page.keyboard.press('Escape');
  await page.locator('.line', { hasText: t('channel.warn.permission', { list: 'pages_manage_engagement' }) }).waitFor();
  await shot(page, 'channels-warned');
  await stage.go(page, '/inbox');
  await page.locator('.strip').waitFor();
});

test('YouTube: the login goes out to the platform and comes back as a channel', async () => {
  await stage.go(page, '/channels/youtube');
  await page.getByLabel(t('connect.f.client_id'), { exact: true }).fill(yt.client.id);
  await page.getByLabel(t('connect.f.client_secret'), { exact: true }).fill(yt.client.secret);
  await submit().click();
  const leave = page.getByRole('button', { name: t('connect.login', { platform: 'YouTube' }) });
  await leave.waitFor();
  await shot(page, 'connect-youtube-login');
  // the platform's consent page agrees at once and sends the browser back
  yt.codes.set('4/kode', {});
  await page.route('**/consent?**', (route) => {
    const asked = new URL(route.request().url()).searchParams;
    yt.redirects.add(asked.get('redirect_uri'));
    yt.codes.set('4/kode', { scopes: asked.get('scope').split(' ') });
    const back = new URL(asked.get('redirect_uri'));
    return route.fulfill({ status: 302, headers: { location: `${stage.base}${back.pathname}?state=${encodeURIComponent(asked.get('state'))}&code=4/kode` } });
  });
  await leave.click();
  await page.getByText(t('connect.known', { platform: 'YouTube' })).waitFor({ timeout: 30000 });
  await shot(page, 'connect-youtube-done');
  assert.deepEqual(page.faults.filter((f) => !/403|400/.test(f)), []);
});

test('a channel that falls silent and a token that ends are on the first screen, with what to do', async () => {
  const { cluster } = stage.it;
  cluster.sql(`UPDATE channel SET usual_gaps = '{600,600,600,600}', last_event_at = now() - interval '9 hours', gaps_at = now() WHERE platform = 6;
    UPDATE channel SET token_expires_at = now() + interval '3 days 1 hour', created_at = now() - interval '50 days', token_renewed_at = NULL WHERE platform = 2`);
  await stage.go(page, '/inbox');
  await page.locator('.strip').waitFor();
  await stage.go(page, '/channels');
  await page.getByText(t('channel.warn.expires', { name: 'Warung Melati', n: 3 })).waitFor();
  await page.locator('.line', { hasText: 'Toko Uji' }).getByText(t('channel.warned')).first().waitFor();
  await shot(page, 'channels-health');
  await page.setViewportSize(PHONE);
  await shot(page, 'channels-health-phone');
  await page.setViewportSize(DESKTOP);
});

// last: a second window of the same person takes the live events over
test('every form fits a phone, in English too', async () => {
  const phone = await stage.open({ size: PHONE, language: 'en' });
  await stage.go(phone, '/channels/new');
  await phone.getByText(t('connect.card.line', {}, 'en')).waitFor();
  await shot(phone, 'connect-choose-phone');
  for (const p of ['whatsapp', 'x', 'facebook', 'instagram', 'youtube']) {
    await stage.go(phone, `/channels/${p}`);
    await phone.locator('.sheet input').first().waitFor();
    assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, `${p} fits a phone`);
    await shot(phone, `connect-${p}-phone`);
  }
  assert.deepEqual(phone.faults, []);
  await phone.context().close();
});
