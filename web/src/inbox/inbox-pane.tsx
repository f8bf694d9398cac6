// The list pane: head with tabs and filter, groups of risk, rows, and what stands there when none are.
import { useEffect, useRef, useState } from 'preact/hooks';
import { can } from '../state/session';
import { channels } from '../state/channels';
import * as inbox from '../state/inbox';
import { actOnAll } from '../state/acts';
import { listCursor, moveList } from '../state/list-keys';
import { thread } from '../state/thread';
import { capped, duration } from '../format';
import { href } from '../router';
import { Button, Empty, ErrorBox, IconButton, Skeleton } from '../ui/basics';
import { Icon, Mug } from '../ui/icon';
import { Menu } from '../ui/layers';
import { isOver, waited } from '../ui/wait-clock';
import { number, t, type Key } from '../words';
import type { Counts, Row as RowData, View } from '../types';
import { PeopleSearch } from './people-search';
import { Row } from './row';
import { VirtualList, type Entry } from './virtual-list';

const VIEWS: { view: View; label: Key; count?: (c: Counts) => number }[] = [
  { view: 'waiting', label: 'view.waiting', count: (c) => c.waiting },
  { view: 'open', label: 'view.open', count: (c) => c.open },
  { view: 'mine', label: 'view.mine', count: (c) => c.mine },
  { view: 'unassigned', label: 'view.unassigned', count: (c) => c.unassigned },
  { view: 'resolved', label: 'view.resolved' },
  { view: 'spam', label: 'view.spam' },
];

function Tabs() {
  const counts = inbox.counts.value;
  const onKeyDown = (e: KeyboardEvent) => {
    const step = e.key === 'ArrowRight' ? 1 : e.key === 'ArrowLeft' ? -1 : 0;
    if (!step) return;
    const at = VIEWS.findIndex((v) => v.view === inbox.view.value);
    inbox.choose(VIEWS[(at + step + VIEWS.length) % VIEWS.length]!.view);
    e.preventDefault();
    const tablist = e.currentTarget as HTMLElement;
    requestAnimationFrame(() => {
      const tab = tablist.querySelector<HTMLElement>('[aria-selected=true]');
      tab?.focus();
      tab?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    });
  };
  return (
    <div class="tabs" role="tablist" aria-label={t('inbox.views')} onKeyDown={onKeyDown}>
      {VIEWS.map(({ view, label, count }) => {
        const isOn = inbox.view.value === view;
        const n = counts && count ? count(counts) : 0;
        return (
          <button key={view} type="button" role="tab" class="tab" aria-selected={isOn} tabIndex={isOn ? 0 : -1} aria-controls="inbox-list" onClick={() => inbox.choose(view)}>
            {t(label)}
            {n > 0 && <b>{capped(n)}</b>}
          </button>
        );
      })}
    </div>
  );
}

function ChannelFilter() {
  const all = channels.value ?? [];
  if (all.length < 2) return null;
  const chosen = inbox.channel.value;
  return (
    <Menu
      class={chosen ? 'filter-on' : ''}
      icon="filter"
      label={t('inbox.filter')}
      items={[
        { label: t('inbox.all_channels'), isChosen: !chosen, run: () => inbox.choose(inbox.view.value, null) },
        ...all.map((c) => ({ label: c.name, isChosen: chosen === c.id, run: () => inbox.choose(inbox.view.value, c.id) })),
      ]}
    />
  );
}

function BulkBar() {
  const ids = [...inbox.checked.value];
  const done = () => (inbox.checked.value = new Set());
  return (
    <div class="bulk" role="toolbar" aria-label={t('bulk.label')}>
      <IconButton icon="close" label={t('bulk.clear')} onClick={done} />
      <b>{t('bulk.count', { n: ids.length })}</b>
      <Button size={36} kind="primary" icon="check" onClick={() => (done(), actOnAll(ids, 'resolve', 'reopen', t('done.resolved_n', { n: ids.length })))}>
        {t('act.resolve')}
      </Button>
      <Button size={36} icon="spam" onClick={() => (done(), actOnAll(ids, 'spam', 'not-spam', t('done.spam_n', { n: ids.length })))}>
        {t('act.spam')}
      </Button>
    </div>
  );
}

function Nothing() {
  const isFiltered = inbox.channel.value !== null;
  if (isFiltered)
    return (
      <Empty title={t('inbox.no_match')}>
        <Button onClick={() => inbox.choose(inbox.view.value, null)}>{t('inbox.clear_filter')}</Button>
      </Empty>
    );
  if (channels.value?.length === 0) return <Empty title={t('inbox.nothing')} text={t('inbox.nothing_text')} />;
  if (inbox.view.value === 'waiting') {
    const open = inbox.counts.value?.open ?? 0;
    return (
      <Empty picture={<Mug />} title={t('inbox.zero')} text={open ? t('inbox.zero_open', { n: open }) : t('inbox.zero_rest')}>
        {open > 0 && <Button onClick={() => inbox.choose('open')}>{t('inbox.see_open')}</Button>}
      </Empty>
    );
  }
  return <Empty title={t('inbox.none_here')} text={t('inbox.none_here_text')} />;
}

function GroupHead({ icon, label, n }: { icon: string; label: string; n: string }) {
  return (
    <h2 class="group-head">
      <Icon name={icon} size={16} />
      {label} <span>{n}</span>
    </h2>
  );
}

function entriesOf(rows: RowData[], selected: string | null): Entry[] {
  const entries: Entry[] = [];
  const isGrouped = inbox.view.value === 'waiting';
  const over = isGrouped ? rows.filter((r) => r.wait_since && isOver(r.wait_since)).length : 0;
  const more = inbox.cursor.value ? '+' : '';
  const push = (row: RowData, i: number) =>
    entries.push({
      key: row.id,
      rem: 5.5,
      place: [i + 1, inbox.cursor.value ? -1 : rows.length],
      content: (isTabStop) => (
        <Row
          row={row}
          isSelected={row.id === selected}
          isChecked={inbox.checked.value.has(row.id)}
          isGone={inbox.gone.value.has(row.id)}
          isTabStop={isTabStop}
          onCheck={() => inbox.toggleChecked(row.id)}
        />
      ),
    });
  rows.forEach((row, i) => {
    if (isGrouped && i === 0 && over > 0)
      entries.push({ key: 'over', rem: 2, content: () => <GroupHead icon="bang" label={t('group.over')} n={number(over) + (over === rows.length ? more : '')} /> });
    if (isGrouped && i === over)
      entries.push({ key: 'calm', rem: 2, content: () => <GroupHead icon="hourglass" label={t('group.waiting')} n={number(rows.length - over) + more} /> });
    push(row, i);
  });
  return entries;
}

export function InboxPane() {
  const rows = inbox.rows.value;
  const problem = inbox.problem.value;
  const selected = thread.value?.id ?? null;
  const [isSearching, setSearching] = useState(false);
  const pane = useRef<HTMLElement>(null);
  useEffect(() => {
    const open = () => setSearching(true);
    addEventListener('panel:search', open);
    return () => removeEventListener('panel:search', open);
  }, []);
  const counts = inbox.counts.value;
  const oldest = counts?.oldest_wait;
  return (
    <section class="pane-list" aria-labelledby="inbox-title" ref={pane} onKeyDown={(e) => moveList(e)}>
      <header class="list-head">
        <div class="list-head-row">
          <h1 id="inbox-title">{t('nav.inbox')}</h1>
          {can('contact.read') && <IconButton icon="search" label={t('search.open')} class="search-button" onClick={() => setSearching(true)} />}
          {can('contact.read') && (
            <button type="button" class="search-field" onClick={() => setSearching(true)}>
              <Icon name="search" size={18} />
              <span>{t('search.hint')}</span>
              <kbd>/</kbd>
            </button>
          )}
          <ChannelFilter />
        </div>
        {inbox.checked.value.size ? <BulkBar /> : <Tabs />}
      </header>
      {isSearching && <PeopleSearch onClose={() => setSearching(false)} />}
      {oldest && inbox.view.value === 'waiting' && (
        <p class="hidden" role="status">{t('inbox.sentence', { n: counts!.waiting, age: duration(waited(oldest)) })}</p>
      )}
      {inbox.arrived.value > 0 && (
        <button type="button" class="pill" onClick={inbox.showArrived}>{t('inbox.arrived', { n: inbox.arrived.value })}</button>
      )}
      <div
        id="inbox-list"
        class="list-place"
        role="tabpanel"
        aria-label={t('inbox.list')}
        onPointerEnter={(e) => e.pointerType === 'mouse' && inbox.hover(true)}
        onPointerLeave={() => inbox.hover(false)}
      >
        {!rows && !problem && <Skeleton />}
        {!rows && problem && <ErrorBox text={problem.message} code={problem.code} onRetry={inbox.load} />}
        {rows && rows.length === 0 && <Nothing />}
        {rows && rows.length > 0 && (
          <VirtualList
            label={t('inbox.list')}
            entries={entriesOf(rows, selected)}
            follow={listCursor.value ?? selected}
            stop={listCursor.value ?? selected}
            onScroll={inbox.touch}
            onNearEnd={inbox.loadMore}
            foot={problem ? <ErrorBox text={problem.message} code={problem.code} onRetry={() => (inbox.load(), inbox.loadMore())} /> : undefined}
          />
        )}
      </div>
      {can('import.run') && rows?.length === 0 && inbox.view.value !== 'spam' && (
        <p class="list-foot"><a href={href('import')}>{t('inbox.import_link')}</a></p>
      )}
    </section>
  );
}
