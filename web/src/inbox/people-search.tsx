// Finding a person: over the list, full screen on a phone.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { api, type Problem } from '../api';
import { contactName } from '../names';
import { href } from '../router';
import { Avatar, ErrorBox, IconButton } from '../ui/basics';
import { handleOf, Icon } from '../ui/icon';
import { t } from '../words';
import type { Contact } from '../types';

function Marked({ text, hit }: { text: string; hit: string }) {
  const at = hit ? text.toLocaleLowerCase().indexOf(hit.toLocaleLowerCase()) : -1;
  if (at < 0) return <>{text}</>;
  return <>{text.slice(0, at)}<mark>{text.slice(at, at + hit.length)}</mark>{text.slice(at + hit.length)}</>;
}

export function PeopleSearch({ onClose }: { onClose: () => void }) {
  const [q, setQ] = useState('');
  const [found, setFound] = useState<Contact[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const field = useRef<HTMLInputElement>(null);
  // Before the next key arrives: a quick typist's first letters belong into the field.
  useLayoutEffect(() => field.current?.focus(), []);
  useEffect(() => {
    let isStale = false;
    const timer = setTimeout(async () => {
      try {
        const page = await api.contacts(q.trim());
        if (!isStale) (setFound(page.items), setProblem(null));
      } catch (e) {
        if (!isStale) setProblem(e as Problem);
      }
    }, q ? 200 : 0);
    return () => ((isStale = true), clearTimeout(timer));
  }, [q]);
  return (
    <div class="search-over" role="search" onKeyDown={(e) => e.key === 'Escape' && (e.stopPropagation(), onClose())}>
      <div class="search-bar">
        <IconButton icon="back" label={t('act.back')} onClick={onClose} />
        <Icon name="search" size={18} />
        <input ref={field} type="search" value={q} placeholder={t('search.hint')} aria-label={t('search.hint')} onInput={(e) => setQ(e.currentTarget.value)} />
      </div>
      <h2 class="group-head">{t('search.people')}</h2>
      {problem && <ErrorBox text={problem.message} code={problem.code} />}
      {found?.length === 0 && <p class="search-none">{t('search.none', { q })}</p>}
      <ul class="plain-list" aria-live="polite">
        {found?.map((c) => (
          <li key={c.id}>
            <a class="person-line" href={href('contacts', c.id)} onClick={onClose}>
              <Avatar name={contactName(c)} id={c.id} size={36} platform={c.identities[0]?.platform} />
              <span>
                <b dir="auto"><Marked text={contactName(c)} hit={q.trim()} /></b>
                <span class="meta">{c.identities.map(handleOf).join(' · ')}</span>
              </span>
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}
