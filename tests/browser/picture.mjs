// Makes deploy/inbox.png, the picture of the README, from the demo business: node tests/browser/picture.mjs
import path from 'node:path';
import { chromium } from 'playwright-core';
import { Installation, until } from '../e2e/lib.mjs';
import { CHROMIUM, FLAGS, root } from './lib.mjs';

const it = await Installation.make({ fsync: false });
const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
try {
  const password = /password +(\S+)/.exec(it.command(['demo']))[1];
  await it.serve();
  const client = await it.login('rini@dapur.example', password);
  const [name, value] = client.cookie.split('=');
  const url = `http://127.0.0.1:${it.port}`;
  const context = await browser.newContext({ viewport: { width: 1280, height: 760 }, locale: 'id-ID', timezoneId: 'Asia/Jakarta' });
  await context.addCookies([{ name, value, url, httpOnly: true, sameSite: 'Lax' }]);
  const page = await context.newPage();
  const business = it.cluster.one('SELECT id FROM business WHERE is_demo');
  const complaint = it.cluster.one("SELECT c.id FROM conversation c JOIN contact k ON k.business_id = c.business_id AND k.id = c.contact_id WHERE k.name = 'Wulan Sari'");
  await page.goto(`${url}/b/${business}/inbox/${complaint}`);
  await until('the conversation', () => page.getByText('ayam kecap 32 kotak').count().then((n) => n >= 2));
  await page.waitForLoadState('networkidle', { timeout: 3000 }).catch(() => {});
  await page.screenshot({ path: process.argv[2] ?? path.join(root, 'deploy/inbox.png') });
} finally {
  await browser.close();
  it.destroy();
}
process.exit(0);
