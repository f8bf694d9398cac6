// The one loud thing of a row: how long a customer has waited.
import { duration, full, HOUR, MINUTE, now, spoken } from '../format';
import { t } from '../words';
import type { Time } from '../types';
import { Icon } from './icon';

// Until a business sets its own targets, a day is the promise that everybody understands.
export const TARGET = 24 * HOUR;
export const waited = (since: Time) => Math.max(0, now.value - Date.parse(since));
export const isOver = (since: Time) => waited(since) >= TARGET;

const ROUND = 2 * Math.PI * 6;

function Ring({ share }: { share: number }) {
  return (
    <svg class="ring" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">
      <circle class="ring-rest" cx="8" cy="8" r="6" />
      <circle class="ring-used" cx="8" cy="8" r="6" stroke-dasharray={`${Math.max(0.02, share) * ROUND} ${ROUND}`} transform="rotate(-90 8 8)" />
    </svg>
  );
}

export function WaitClock({ since }: { since: Time }) {
  const ms = waited(since);
  const share = ms / TARGET;
  const tone = share >= 1 ? 'over' : share >= 0.75 ? 'near' : 'calm';
  return (
    <span class={`wait wait-${tone}`} onPointerEnter={(e) => (e.currentTarget.title = t('wait.title', { age: duration(ms), at: full(since) }))}>
      {tone === 'over' ? <svg class="disc" width="18" height="18" viewBox="0 0 18 18" aria-hidden="true"><circle cx="9" cy="9" r="9" /><path d="M9 4.6v5.2" /><circle class="dot" cx="9" cy="12.8" r="1.1" /></svg> : <Ring share={share} />}
      <span aria-hidden="true">{ms < MINUTE ? t('time.now') : duration(ms)}</span>
      <span class="hidden">{t('wait.spoken', { age: spoken(ms) })}</span>
    </span>
  );
}

export function AnsweredAt({ text }: { text: string }) {
  return (
    <span class="wait wait-none">
      <Icon name="check" size={14} />
      {text}
    </span>
  );
}
