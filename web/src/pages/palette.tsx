// Everything by name: pages, acts and people. The key of each act stands beside it, so people learn.
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { api } from '../api';
import { BINDINGS, isPaletteOpen } from '../keys';
import { go, href, type PageName } from '../router';
import { can } from '../state/session';
import { Sheet } from '../ui/layers';
import { t } from '../words';
import type { Contact, Permission } from '../types';

interface Entry {
  id: string;
  label: string;
  keys: string;
  run: () => void;
}

function pages(): Entry[] {
  const all: { page: PageName; label: string; needs?: Permission }[] = [
    { page: 'import', label: t('nav.import'), needs: 'import.read' },
    { page: 'people', label: t('nav.people'), needs: 'people.read' },
    { page: 'settings', label: t('nav.settings') },
  ];
  return all.filter((p) => !p.needs || can(p.needs)).map((p) => ({ id: p.page, label: p.label, keys: '', run: () => go(href(p.page)) }));
}

function matches(text: string, q: string): boolean {
  let at = 0;
  const t = text.toLocaleLowerCase();
  for (const c of q.toLocaleLowerCase()) {
    at = t.indexOf(c, at) + 1;
    if (!at) return false;
  }
  return true;
}

// What is written in one piece comes before what only has its letters.
const holds = (text: string, q: string) => text.toLocaleLowerCase().includes(q.trim().toLocaleLowerCase());

export function PaletteSheet() {
  const [q, setQ] = useState('');
  const [people, setPeople] = useState<Contact[]>([]);
  const [at, setAt] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  const close = () => (isPaletteOpen.value = false);
  // Before the next key arrives: a quick typist's first letters belong into the field.
  useLayoutEffect(() => field.current?.focus(), []);
  useEffect(() => {
    if (!q.trim() || !can('contact.read')) return setPeople([]);
    const timer = setTimeout(() => api.contacts(q.trim()).then((p) => setPeople(p.items.slice(0, 6)), () => setPeople([])), 200);
    return () => clearTimeout(timer);
  }, [q]);
  const acts: Entry[] = BINDINGS.filter((b) => b.run && b.keys[0] !== 'Escape').map((b) => ({ id: b.label, label: t(b.label), keys: b.shown, run: b.run! }));
  const entries = [...acts, ...pages()]
    .filter((e) => matches(e.label, q.trim()))
    .sort((a, b) => Number(holds(b.label, q)) - Number(holds(a.label, q)))
    .concat(people.map((c) => ({ id: `c${c.id}`, label: c.name, keys: t('search.people'), run: () => go(href('contacts', c.id)) })));
  const run = (e: Entry | undefined) => {
    if (!e) return;
    close();
    setTimeout(e.run);
  };
  const onKeyDown = (e: KeyboardEvent) => {
    const step = e.key === 'ArrowDown' ? 1 : e.key === 'ArrowUp' ? -1 : 0;
    if (step) (e.preventDefault(), setAt((at + step + entries.length) % Math.max(1, entries.length)));
    if (e.key === 'Enter') (e.preventDefault(), run(entries[at]));
  };
  return (
    <Sheet title={t('palette.title')} onClose={close}>
      <input
        ref={field}
        class="palette-field"
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={entries[at] ? `palette-${at}` : undefined}
        aria-label={t('palette.title')}
        placeholder={t('palette.hint')}
        value={q}
        onInput={(e) => (setQ(e.currentTarget.value), setAt(0))}
        onKeyDown={onKeyDown}
      />
      <ul id="palette-list" class="palette-list" role="listbox" aria-label={t('palette.title')}>
        {entries.map((e, i) => (
          <li key={e.id} id={`palette-${i}`} role="option" aria-selected={i === at} onClick={() => run(e)}>
            <span>{e.label}</span>
            <span class="meta">{e.keys}</span>
          </li>
        ))}
      </ul>
      {entries.length === 0 && <p class="search-none">{t('search.none', { q })}</p>}
    </Sheet>
  );
}
