// What only a person knows: which author is the shop, and how dates are written.
import { useState } from 'preact/hooks';
import { api } from '../api';
import { date } from '../format';
import { complain } from '../state/acts';
import { keepArchive } from '../state/uploads';
import { Avatar, Button } from '../ui/basics';
import { number, t, type Key } from '../words';
import type { Archive } from '../types';

const ORDERS: { order: 'dmy' | 'mdy'; label: Key }[] = [
  { order: 'dmy', label: 'order.dmy' },
  { order: 'mdy', label: 'order.mdy' },
];

export function Question({ archive: a, onStop }: { archive: Archive; onStop: () => void }) {
  const [isBusy, setBusy] = useState(false);
  const answer = async (options: { self?: string; date_order?: string }) => {
    setBusy(true);
    try {
      keepArchive(await api.startArchive(a.id, options));
    } catch (e) {
      complain(e);
    } finally {
      setBusy(false);
    }
  };
  const samples = a.summary?.samples ?? [];
  const isSelf = a.summary?.question !== 'date_order';
  return (
    <div class="archive-body">
      <h2>{t(isSelf ? 'import.who_are_you' : 'import.which_order')}</h2>
      <p class="soft">{t(isSelf ? 'import.who_are_you_text' : 'import.which_order_text')}</p>
      {isSelf ? (
        <div class="options framed">
          {(a.summary?.authors ?? []).map((author) => (
            <button key={author.name} type="button" disabled={isBusy} onClick={() => answer({ self: author.name })}>
              <Avatar name={author.name} id={author.name} size={36} />
              <span dir="auto">{author.name}</span>
              <span class="meta">{t('import.n_messages', { n: author.messages })}</span>
            </button>
          ))}
        </div>
      ) : (
        <div class="options framed">
          {ORDERS.map(({ order, label }) => (
            <button key={order} type="button" disabled={isBusy} onClick={() => answer({ date_order: order })}>
              <span>{t(label)}<span class="meta">{samples.slice(0, 3).map((s) => date(`${s[order]}T12:00:00`)).join(' · ')}</span></span>
            </button>
          ))}
        </div>
      )}
      {a.summary?.read ? <p class="meta">{t('import.n_messages', { n: number(a.summary.read) })}</p> : null}
      <Button kind="quiet" class="danger-word" onClick={onStop}>{t('import.stop')}</Button>
    </div>
  );
}
