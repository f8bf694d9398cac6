// Bringing in a chat that lives in a file.
import { useEffect, useRef, useState } from 'preact/hooks';
import { full, size } from '../format';
import { href, route } from '../router';
import { PageFrame } from '../shell';
import { complain } from '../state/acts';
import { can } from '../state/session';
import { archives, archivesProblem, isRunning, loadArchives, remove, upload, uploads } from '../state/uploads';
import { Chip, ErrorBox, Skeleton } from '../ui/basics';
import { Icon } from '../ui/icon';
import { t, type Key } from '../words';
import type { Archive } from '../types';
import { Question } from './import-question';
import { Failed, Running, Uploading } from './import-running';
import { Done } from './import-done';

function Drop({ isSmall }: { isSmall: boolean }) {
  const [isOver, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const take = async (files: FileList | null | undefined) => {
    for (const file of files ?? []) await upload(file).catch(complain);
    if (input.current) input.current.value = '';
  };
  return (
    <section
      class={`drop ${isOver ? 'over' : ''} ${isSmall ? 'small' : ''}`}
      aria-label={t('import.drop')}
      onDragOver={(e) => (e.preventDefault(), setOver(true))}
      onDragLeave={() => setOver(false)}
      onDrop={(e) => (e.preventDefault(), setOver(false), void take(e.dataTransfer?.files))}
    >
      <span class="start-icon"><Icon name="upload" /></span>
      <div>
        <h2>{t('import.drop')}</h2>
        <p class="soft">{t('import.drop_text')}<span class="mouse-only"> {t('import.drop_here')}</span></p>
      </div>
      <label class="button primary h48">
        <input ref={input} class="hidden" type="file" multiple accept=".txt,.zip,.json,.jsonl,.ndjson,.js,.csv,.tsv" onChange={(e) => void take(e.currentTarget.files)} />
        {t('import.choose')}
      </label>
    </section>
  );
}

const ELSEWHERE: Key[] = ['import.elsewhere_telegram', 'import.elsewhere_meta', 'import.elsewhere_line', 'import.elsewhere_x', 'import.elsewhere_youtube'];

function How() {
  return (
    <div>
      <details class="how-box">
        <summary>{t('import.how')}</summary>
        <ol class="how"><li>{t('import.how_1')}</li><li>{t('import.how_2')}</li><li>{t('import.how_3')}</li></ol>
      </details>
      <details class="how-box">
        <summary>{t('import.elsewhere')}</summary>
        <ul class="how bullets">{ELSEWHERE.map((k) => <li key={k}>{t(k)}</li>)}</ul>
      </details>
    </div>
  );
}

export const FORMATS: Record<string, Key> = {
  whatsapp: 'format.whatsapp', 'telegram-json': 'format.telegram', telegram: 'format.telegram', telegram_json: 'format.telegram',
  facebook: 'format.facebook', instagram: 'format.instagram', x: 'format.x', line: 'format.line', youtube: 'format.youtube',
  csv: 'format.csv', events: 'format.events',
};
export const formatName = (a: Archive) => (a.format ? (FORMATS[a.format] ? t(FORMATS[a.format]!) : a.format) : t('format.unknown'));

function State({ archive: a }: { archive: Archive }) {
  if (a.state === 'done') return <Chip tone="selesai" icon="check">{t('import.state.done')}</Chip>;
  if (a.state === 'failed') return <Chip tone="cabai" icon="bang">{t('import.state.failed')}</Chip>;
  if (a.state === 'question') return <Chip tone="kunyit" icon="question">{t('import.state.question')}</Chip>;
  if (a.state === 'uploading') return <Chip icon="clock">{t('import.state.uploading')}</Chip>;
  if (a.state === 'undone') return <Chip icon="check">{t('import.state.undone')}</Chip>;
  if (a.state === 'undoing') return <Chip tone="langit" icon="hourglass">{t('import.state.undoing')}</Chip>;
  return <Chip tone="langit" icon="hourglass">{t('import.state.running')}</Chip>;
}

function Line({ archive: a }: { archive: Archive }) {
  const facts = [formatName(a), size(a.size), full(a.created_at)];
  if (a.state === 'done' && a.summary?.new !== undefined) facts.splice(1, 1, t('import.n_new', { n: a.summary.new }));
  return (
    <li>
      <a class="line" href={href('import', a.id)}>
        <span class="start-icon"><Icon name="file" /></span>
        <span class="line-main"><b dir="auto">{a.file_name}</b><span class="meta">{facts.join(' · ')}</span></span>
        <State archive={a} />
      </a>
    </li>
  );
}

function Card({ archive: a }: { archive: Archive }) {
  const going = uploads.value.get(a.id);
  const stop = () => void remove(a.id).catch(complain);
  return (
    <section class="archive" aria-label={a.file_name}>
      <header class="archive-head">
        <span class="start-icon"><Icon name="file" /></span>
        <div><b dir="auto">{a.file_name}</b><span class="meta">{formatName(a)} · {size(a.size)}</span></div>
      </header>
      {a.state === 'uploading' && <Uploading archive={a} upload={going ?? null} onStop={stop} />}
      {(a.state === 'undoing' || a.state === 'undone') && <State archive={a} />}
      {isRunning(a) && a.state !== 'undoing' && <Running archive={a} onStop={stop} />}
      {a.state === 'question' && <Question archive={a} onStop={stop} />}
      {a.state === 'failed' && <Failed archive={a} />}
      {a.state === 'done' && <Done archive={a} />}
    </section>
  );
}

const isClosed = (a: Archive) => a.state === 'done' || a.state === 'failed' || a.state === 'undone';

export function ImportPage() {
  useEffect(() => void loadArchives(), []);
  const all = archives.value;
  const chosen = all?.find((a) => a.id === route.value.id);
  const open = (all ?? []).filter((a) => !isClosed(a));
  const closed = (all ?? []).filter(isClosed);
  const last = closed[0] && Date.now() - Date.parse(closed[0].done_at ?? closed[0].created_at) < 10 * 60_000 ? closed[0] : null;
  if (chosen)
    return (
      <PageFrame title={t(chosen.state === 'done' ? 'import.title_done' : 'import.title')} up="import">
        <div class="column"><Card archive={chosen} /></div>
      </PageFrame>
    );
  const rest = closed.filter((a) => a !== last);
  // What is under way stands on top; the next file waits below it.
  const isBusy = open.length > 0 || last !== null;
  return (
    <PageFrame title={t('import.title')} up="more">
      <div class="column">
        {!can('import.run') && <p class="soft">{t('import.read_only')}</p>}
        {can('import.run') && !isBusy && <Drop key="drop" isSmall={false} />}
        {archivesProblem.value && <ErrorBox text={archivesProblem.value.message} code={archivesProblem.value.code} onRetry={loadArchives} />}
        {!all && !archivesProblem.value && <Skeleton rows={2} />}
        {open.map((a) => <Card key={a.id} archive={a} />)}
        {last && <Card key={last.id} archive={last} />}
        {can('import.run') && isBusy && <Drop key="drop" isSmall />}
        {can('import.run') && !isBusy && <How />}
        {rest.length > 0 && (
          <section>
            <h2>{t('import.before', { n: rest.length })}</h2>
            <ul class="plain-list lines">{rest.map((a) => <Line key={a.id} archive={a} />)}</ul>
          </section>
        )}
      </div>
    </PageFrame>
  );
}

