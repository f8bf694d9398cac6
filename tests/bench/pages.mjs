// Inbox page and conversation page over HTTP, under row-level security, against pgbench on the same query as the owner
// of the tables (no HTTP, no JSON, no session, no policy); and the same pages at a tenth of the messages.
import path from 'node:path';
import { writeFileSync } from 'node:fs';
import { Installation } from '../e2e/lib.mjs';
import { httpload, median, pgbench, run } from './measure.mjs';

async function seed(it, business, messages) {
  await run('psql', ['-q', '-v', 'ON_ERROR_STOP=1', '-h', it.cluster.dir, '-U', 'tanggap_super', '-v', `business=${business}`, '-v',
    `messages=${messages}`, '-f', path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), 'seed.sql'), 'tanggap']);
  it.cluster.sql('VACUUM ANALYZE');
}

function bareScripts(it, business, threads) {
  const inbox = path.join(it.cluster.dir, 'inbox.sql');
  const page = path.join(it.cluster.dir, 'page.sql');
  writeFileSync(inbox, `SELECT v.id, v.thread_id, v.channel_id, v.contact_id, v.status, v.assignee_id, v.wait_since, v.last_at,
    v.last_text, v.last_side, k.name FROM (SELECT * FROM conversation WHERE business_id = ${business} AND is_head AND status = 0
    ORDER BY last_at DESC, id DESC LIMIT 50) v LEFT JOIN contact k ON k.business_id = v.business_id AND k.id = v.contact_id
    ORDER BY v.last_at DESC, v.id DESC;\n`);
  writeFileSync(page, `\\set n random(0, ${threads.length - 1})
SELECT m.id, m.direction, m.sender_kind, m.device, m.kind, m.sent_at, m.text, m.version, m.identity_id, m.person_id, m.delivery_state
    FROM message m WHERE m.business_id = ${business} AND m.thread_id = (ARRAY[${threads.join(',')}]::bigint[])[:n + 1]
    ORDER BY m.sent_at DESC, m.id DESC LIMIT 50;\n`);
  return { inbox, page };
}

async function measure(it, client, business, seconds, pairs) {
  const long = it.cluster.sql(`SELECT thread_id, max(conversation_id) FROM message WHERE business_id = ${business}
    GROUP BY thread_id HAVING count(*) >= 100 ORDER BY thread_id LIMIT 500`);
  const scripts = bareScripts(it, business, long.map(([thread]) => thread));
  const headers = ['--connections', 8, '--seconds', seconds, '--header', `Cookie: ${client.cookie}`];
  const inboxPath = [`/api/v1/b/${business}/conversations?view=open&limit=50`];
  const pagePaths = long.map(([, conversation]) => `/api/v1/b/${business}/conversations/${conversation}/messages?limit=50`);
  const result = { inbox: [], page: [] };
  for (let i = 0; i < pairs; i++) {
    for (const [key, script, paths] of [['inbox', scripts.inbox, inboxPath], ['page', scripts.page, pagePaths]]) {
      const bare = await pgbench(it.cluster, 'tanggap', script, { clients: 8, seconds });
      const ours = await httpload(it.port, headers, paths);
      if (ours.ok !== ours.answers) throw new Error(`${key}: ${ours.answers - ours.ok} answers were not 2xx`);
      result[key].push({ rate: ours.rate, peer: bare.rate, p99: ours.p99, peerP99: bare.p99 });
    }
  }
  return result;
}

export async function rows({ isFull }) {
  const seconds = isFull ? 20 : 5;
  const pairs = isFull ? 5 : 3;
  const bySize = {};
  for (const messages of [100000, 1000000]) {
    const it = await Installation.make({ settings: { shared_buffers: '128MB' } });
    try {
      const owner = it.addBusiness('Bench', 'bench@uji.example');
      await seed(it, owner.business, messages);
      await it.serve();
      const client = await it.login(owner.email, owner.password);
      bySize[messages] = await measure(it, client, owner.business, seconds, pairs);
    } finally {
      it.destroy();
    }
  }
  return ['inbox', 'page'].flatMap((key) => {
    const large = bySize[1000000][key];
    const small = bySize[100000][key];
    const name = key === 'inbox' ? 'inbox page' : 'conversation page';
    const rate = (list, k) => median(list.map((r) => r[k]));
    return [
      { what: `${name}, 1,000,000 messages, 8 connections`, ours: rate(large, 'rate'), peer: rate(large, 'peer'), unit: 'pages/s', ratio: median(large.map((r) => r.rate / r.peer)), target: '≥ 0.5' },
      { what: '… p99', ours: rate(large, 'p99'), peer: rate(large, 'peerP99'), unit: 'ms', ratio: median(large.map((r) => r.p99 / r.peerP99)), target: '≤ 3.0' },
      { what: '… cost of a page, 1,000,000 against 100,000', ours: 1e6 / rate(large, 'rate'), peer: 1e6 / rate(small, 'rate'), unit: 'µs', ratio: rate(small, 'rate') / rate(large, 'rate'), target: '≤ 1.2' },
    ];
  });
}
