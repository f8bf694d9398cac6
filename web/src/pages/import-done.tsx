// What came of it: one sentence, figures that add up, why some were left out, and the next step.
import { useState } from 'preact/hooks';
import { duration, monthYear } from '../format';
import { href, route } from '../router';
import { complain } from '../state/acts';
import { choose } from '../state/inbox';
import { can } from '../state/session';
import { takeBack } from '../state/uploads';
import { Icon } from '../ui/icon';
import { Sheet } from '../ui/layers';
import { number, t, type Key } from '../words';
import type { Archive } from '../types';

const REASONS: Record<string, Key> = {
  no_time: 'import.reason.no_time', unsupported: 'import.reason.unsupported', too_long: 'import.reason.too_long',
  empty: 'import.reason.empty',
};

function Line({ label, n }: { label: string; n: number | undefined }) {
  return <div><dt>{label}</dt><dd>{number(n ?? 0)}</dd></div>;
}

const COLUMNS: Record<string, Key> = {
  sent_at: 'import.col.sent_at', date: 'import.col.date', clock: 'import.col.clock', text: 'import.col.text', author: 'import.col.author',
  author_id: 'import.col.author_id', phone: 'import.col.phone', recipient: 'import.col.recipient', direction: 'import.col.direction',
  channel: 'import.col.channel', conversation: 'import.col.conversation', id: 'import.col.id', attachment: 'import.col.attachment',
};

// How a table's columns were understood, with what stands in them.
function Columns({ mapping }: { mapping: NonNullable<NonNullable<Archive['summary']>['mapping']> }) {
  return (
    <details class="card">
      <summary>{t('import.columns')}</summary>
      <dl class="sums">
        {mapping.columns.map((c, i) => (
          <div key={i}><dt dir="auto">{c.column || i + 1}{c.field ? ` → ${COLUMNS[c.field] ? t(COLUMNS[c.field]!) : c.field}` : ''}</dt><dd dir="auto">{c.samples[0] ?? ''}</dd></div>
        ))}
      </dl>
    </details>
  );
}

function Undo({ archive: a }: { archive: Archive }) {
  const [isAsking, setAsking] = useState(false);
  const go = () => (setAsking(false), void takeBack(a.id).catch(complain));
  return (
    <>
      <button class="button quiet h48" onClick={() => setAsking(true)}>{t('import.undo')}</button>
      {isAsking && (
        <Sheet title={t('import.undo')} onClose={() => setAsking(false)}>
          <p>{t('import.undo_sure', { n: a.summary?.new ?? 0 })}</p>
          <button class="button danger h48" onClick={go}>{t('import.undo')}</button>
        </Sheet>
      )}
    </>
  );
}

export function Done({ archive: a }: { archive: Archive }) {
  const s = a.summary ?? {};
  const reasons = Object.entries(s.reasons ?? {}).filter(([, n]) => n > 0);
  const took = a.done_at ? Date.parse(a.done_at) - Date.parse(a.created_at) : 0;
  return (
    <div class="archive-body">
      <p class="done-line"><Icon name="check" size={18} />{took > 0 && took < 60_000 ? t('import.done_in', { n: Math.max(1, Math.round(took / 1000)) }) : took ? t('import.done_in_long', { age: duration(took) }) : t('import.state.done')}</p>
      <p class="sentence">{s.first_at && !s.people ? t('import.sentence_own', { n: s.read ?? 0, month: monthYear(s.first_at) }) : s.first_at ? t('import.sentence', { n: s.read ?? 0, people: s.people ?? 0, month: monthYear(s.first_at) }) : t('import.sentence_short', { n: s.read ?? 0, people: s.people ?? 0 })}</p>
      <dl class="sums">
        <Line label={t('import.new')} n={s.new} />
        <Line label={t('import.known')} n={s.known} />
        <Line label={t('import.skipped')} n={s.skipped} />
        <Line label={t('import.conversations')} n={s.conversations} />
      </dl>
      {reasons.length > 0 && (
        <section class="card">
          <h3>{t('import.why_skipped', { n: s.skipped ?? 0 })}</h3>
          <ul class="plain-list">
            {reasons.map(([reason, n]) => <li key={reason}>{REASONS[reason] ? t(REASONS[reason]!, { n }) : t('import.reason.other', { n, reason })}</li>)}
          </ul>
        </section>
      )}
      {s.own_words_only && (
        <section class="card kunyit">
          <h3><Icon name="warn" size={18} />{t('import.own_words')}</h3>
          <p>{t('import.own_words_text')}</p>
        </section>
      )}
      {s.mapping && <Columns mapping={s.mapping} />}
      {s.truncated && (
        <section class="card kunyit">
          <h3><Icon name="warn" size={18} />{t('import.truncated')}</h3>
          <p>{t('import.truncated_text')}</p>
        </section>
      )}
      {(s.unanswered ?? 0) > 0 && (
        <section class="card kunyit">
          <h3><Icon name="hourglass" size={18} />{t('import.unanswered', { n: s.unanswered! })}</h3>
          <p>{t('import.unanswered_text')}</p>
        </section>
      )}
      <a class="button primary h48" href={href('inbox')} onClick={() => choose((s.unanswered ?? 0) > 0 ? 'waiting' : 'open')}>
        {t((s.unanswered ?? 0) > 0 ? 'import.open_unanswered' : 'import.open_inbox')}
      </a>
      {route.value.id && <a class="button quiet h48" href={href('import')}>{t('import.another')}</a>}
      {can('import.run') && <Undo archive={a} />}
    </div>
  );
}
