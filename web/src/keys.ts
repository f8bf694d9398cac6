// Every key there is: the handler and the help sheet read the same table.
import { signal } from '@preact/signals';
import * as acts from './state/acts';
import { choosing } from './state/choosing';
import { toggleChecked } from './state/inbox';
import { currentRow, focusRow, openCurrent, stepList } from './state/list-keys';
import { can } from './state/session';
import { thread } from './state/thread';
import { go, href, route } from './router';
import type { Key } from './words';

export const isHelpOpen = signal(false);
export const isPaletteOpen = signal(false);
export const areKeysOn = signal(localStorage.getItem('keys') !== 'off');
export function setKeys(on: boolean): void {
  areKeysOn.value = on;
  localStorage.setItem('keys', on ? 'on' : 'off');
}

export type Place = 'list' | 'thread' | 'anywhere';
export interface Binding {
  keys: string[]; // each alone; "g i" is one after the other
  shown: string;
  place: Place;
  label: Key;
  run: (() => void) | null; // null: handled where the focus is, listed here for the sheet
}

const target = () => (thread.value?.conversation ?? currentRow()) || null;
const focusComposer = () => document.getElementById('composer')?.focus();
const search = () => {
  if (route.value.page !== 'inbox') go(href('inbox'));
  setTimeout(() => dispatchEvent(new Event('panel:search')));
};

function assign(): void {
  if (!can('inbox.act')) return;
  if (thread.value?.conversation) choosing.value = 'assign';
  else openCurrent();
}
function resolve(): void {
  const c = target();
  if (c && can('inbox.act')) void (c.status === 'resolved' ? acts.reopen(c.id) : acts.resolve(c.id));
}
function leave(): void {
  const id = thread.value?.id;
  if (route.value.page !== 'inbox' || !id) return;
  go(href('inbox'));
  focusRow(id);
}

export const BINDINGS: Binding[] = [
  { keys: ['j'], shown: 'j', place: 'list', label: 'keys.next', run: () => stepList(1) },
  { keys: ['k'], shown: 'k', place: 'list', label: 'keys.previous', run: () => stepList(-1) },
  { keys: ['o'], shown: 'Enter', place: 'list', label: 'keys.open', run: openCurrent },
  { keys: ['x'], shown: 'x', place: 'list', label: 'keys.check', run: () => currentRow() && toggleChecked(currentRow()!.id) },
  { keys: ['e'], shown: 'e', place: 'list', label: 'keys.resolve', run: resolve },
  { keys: ['a'], shown: 'a', place: 'list', label: 'keys.assign', run: assign },
  { keys: ['r'], shown: 'r', place: 'thread', label: 'keys.reply', run: focusComposer },
  { keys: ['i'], shown: 'i', place: 'thread', label: 'keys.about', run: () => thread.value && (choosing.value = 'who') },
  { keys: [], shown: '↑ ↓', place: 'thread', label: 'keys.messages', run: null },
  { keys: [], shown: 'm', place: 'thread', label: 'keys.message_menu', run: null },
  { keys: [], shown: 'Ctrl Enter', place: 'thread', label: 'keys.send', run: null },
  { keys: ['/'], shown: '/', place: 'anywhere', label: 'keys.search', run: search },
  { keys: ['g i'], shown: 'g i', place: 'anywhere', label: 'keys.inbox', run: () => go(href('inbox')) },
  { keys: ['g k'], shown: 'g k', place: 'anywhere', label: 'keys.contacts', run: () => go(href('contacts')) },
  { keys: ['g s'], shown: 'g s', place: 'anywhere', label: 'keys.channels', run: () => go(href('channels')) },
  { keys: [], shown: 'Ctrl K', place: 'anywhere', label: 'keys.palette', run: null },
  { keys: ['?'], shown: '?', place: 'anywhere', label: 'keys.help', run: () => (isHelpOpen.value = true) },
  { keys: ['Escape'], shown: 'Esc', place: 'anywhere', label: 'keys.back', run: leave },
];

let first = '';
let firstAt = 0;
addEventListener('keydown', (event) => {
  if (event.defaultPrevented || !route.value.business) return;
  if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    isPaletteOpen.value = true;
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const at = event.target as HTMLElement;
  if (at.closest?.('input, textarea, select, dialog, [role=menu], [contenteditable]')) return;
  if (event.key !== 'Escape' && !areKeysOn.value) return;
  const pair = Date.now() - firstAt < 1500 ? `${first} ${event.key}` : '';
  const found = BINDINGS.find((b) => b.run && (b.keys.includes(pair) || b.keys.includes(event.key)));
  first = event.key;
  firstAt = Date.now();
  if (!found?.run) return;
  const isList = found.place === 'list' || found.place === 'thread';
  if (isList && route.value.page !== 'inbox') return;
  event.preventDefault();
  found.run();
});
