// Moving through the list by keys: one tab stop, arrows or j and k inside.
import { signal } from '@preact/signals';
import { go, href } from '../router';
import { rows, touch } from './inbox';
import { thread } from './thread';
import type { Id, Row } from '../types';

export const listCursor = signal<Id | null>(null);

export function currentRow(): Row | null {
  const all = rows.value ?? [];
  const id = listCursor.value ?? thread.value?.id;
  return all.find((r) => r.id === id) ?? null;
}

const element = (id: Id) => document.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"]`);

// At once when the row is drawn, so that an Enter right after it opens this row; else when it is.
export function focusRow(id: Id): void {
  const row = element(id);
  if (row) row.focus({ preventScroll: true });
  else requestAnimationFrame(() => requestAnimationFrame(() => element(id)?.focus({ preventScroll: true })));
}

export function stepList(step: number): void {
  const all = rows.value ?? [];
  if (!all.length) return;
  const id = listCursor.value ?? thread.value?.id;
  const at = all.findIndex((r) => r.id === id);
  const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + step))]!;
  listCursor.value = next.id;
  touch();
  focusRow(next.id);
}

export function moveList(event: KeyboardEvent): void {
  if (!(event.target as Element).closest?.('.list')) return;
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (!step) return;
  event.preventDefault();
  stepList(step);
}

export function openCurrent(): void {
  const row = currentRow();
  if (row) go(href('inbox', row.id));
}
