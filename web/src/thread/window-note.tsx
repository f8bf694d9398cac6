// How long a conversation may still be answered, where its platform limits that; and what still goes afterwards.
import { duration, full, now } from '../format';
import { Icon } from '../ui/icon';
import { t } from '../words';
import type { Row } from '../types';

const SOON = 4 * 3600e3;

export type WindowNow = { state: 'free' | 'open' | 'soon' | 'late' | 'closed'; left: number };

// By this device's clock, so that it turns while somebody looks at it.
export function windowNow(row: Pick<Row, 'window'>): WindowNow {
  const w = row.window;
  if (!w) return { state: 'free', left: 0 };
  const left = w.closes_at ? Date.parse(w.closes_at) - now.value : 0;
  if (left > 0) return { state: left < SOON ? 'soon' : 'open', left };
  return { state: w.late_closes_at && Date.parse(w.late_closes_at) > now.value ? 'late' : 'closed', left: 0 };
}

export function WindowNote({ row }: { row: Row }) {
  const { state, left } = windowNow(row), w = row.window;
  if (!w || state === 'free' || state === 'open') return null;
  const words = state === 'soon' ? t('window.soon', { left: duration(left) })
    : state === 'late' ? t('window.late', { until: full(w.late_closes_at!) })
      : t(w.then === 'template' ? 'window.template' : 'window.closed');
  return (
    <p class={`banner ${state === 'closed' ? 'cabai' : 'kunyit'}`} role={state === 'closed' ? 'alert' : 'status'}>
      <Icon name="hourglass" />
      <span>{words}</span>
    </p>
  );
}
