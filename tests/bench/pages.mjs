// Inbox page and conversation page over HTTP, under row-level security, against pgbench on the same statement as a
// superuser (no HTTP, no JSON, no session, no policy); and the same pages at a tenth of the messages.
import path from 'node:path';
import { readFileSync, writeFileSync } from 'node:fs';
import { Installation, root } from '../e2e/lib.mjs';
import { httpload, median, pgbench, run } from './measure.mjs';

async function seed(it, business, messages) {
  await run('psql', ['-q', '-v', 'ON_ERROR_STOP=1', '-h', it.cluster.dir, '-U', 'tanggap_super', '-v', `business=${business}`, '-v',
    `messages=${messages}`, '-f', path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), 'seed.sql'), 'tanggap']);
  it.cluster.sql('VACUUM ANALYZE');
}

// A statement of ours with its parts and parameters filled in.
function statement(file, name, values) {
  const text = readFileSync(path.join(root, 'sql/queries', file), 'utf8');
  const under = (kind, title) => text.split(`-- ${kind}: ${title}\n`)[1].split(/-- (?:name|part):/)[0].replace(/--.*/g, '');
  const body = under('name', name).replace(/^@(\w+)$/gm, (_, part) => under('part', part));
  return body.replace(/\$(\d+)/g, (_, n) => values[n - 1]).replace(/\s+/g, ' ').trim().replace(/;?$/, ';\n');
}

function bareScripts(it, business, conversations) {
  const inbox = path.join(it.cluster.dir, 'inbox.sql');
  const page = path.join(it.cluster.dir, 'page.sql');
  const last = '9223372036854775807';
  writeFileSync(inbox, statement('inbox.sql', 'inbox_status', [business, "'infinity'::timestamptz", last, '51', '0::smallint']));
  writeFileSync(page, `\\set n random(1, ${conversations.length})\n` + statement('conversation.sql', 'message_page',
    [business, `(ARRAY[${conversations.join(',')}]::bigint[])[:n]`, "'infinity'::timestamptz", last, '51']));
  return { inbox, page };
}

async function measure(it, client, business, seconds, pairs) {
  const long = it.cluster.sql(`SELECT thread_id, max(conversation_id) FROM message WHERE business_id = ${business}
    GROUP BY thread_id HAVING count(*) >= 100 ORDER BY thread_id LIMIT 500`);
  const scripts = bareScripts(it, business, long.map(([, conversation]) => conversation));
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
