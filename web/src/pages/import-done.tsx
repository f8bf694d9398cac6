// What came of it: one sentence, figures that add up, why some were left out, and the next step.
import { duration, monthYear } from '../format';
import { href } from '../router';
import { choose } from '../state/inbox';
import { Icon } from '../ui/icon';
import { number, t, type Key } from '../words';
import type { Archive } from '../types';

const REASONS: Record<string, Key> = {
  no_time: 'import.reason.no_time', unsupported: 'import.reason.unsupported', too_long: 'import.reason.too_long',
  empty: 'import.reason.empty',
};

function Line({ label, n }: { label: string; n: number | undefined }) {
  return <div><dt>{label}</dt><dd>{number(n ?? 0)}</dd></div>;
}

export function Done({ archive: a }: { archive: Archive }) {
  const s = a.summary ?? {};
  const reasons = Object.entries(s.reasons ?? {}).filter(([, n]) => n > 0);
  const took = a.done_at ? Date.parse(a.done_at) - Date.parse(a.created_at) : 0;
  return (
    <div class="archive-body">
      <p class="done-line"><Icon name="check" size={18} />{took > 0 && took < 60_000 ? t('import.done_in', { n: Math.max(1, Math.round(took / 1000)) }) : took ? t('import.done_in_long', { age: duration(took) }) : t('import.state.done')}</p>
      <p class="sentence">{s.first_at ? t('import.sentence', { n: s.read ?? 0, people: s.people ?? 0, month: monthYear(s.first_at) }) : t('import.sentence_short', { n: s.read ?? 0, people: s.people ?? 0 })}</p>
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
      <a class="button quiet h48" href={href('import')}>{t('import.another')}</a>
    </div>
  );
}
