// The channels of the business and its people, which many parts name.
import { signal } from '@preact/signals';
import { api } from '../api';
import { can } from './session';
import type { Channel, Id, Person } from '../types';

export const channels = signal<Channel[] | null>(null);
export const people = signal<Person[] | null>(null);

export async function loadChannels(): Promise<void> {
  if (!can('channel.read')) return;
  try {
    channels.value = await api.channels();
  } catch {
    // whoever shows channels asks on its own and says what is wrong
  }
}
export async function loadPeople(): Promise<void> {
  if (!can('people.read')) return;
  try {
    people.value = await api.people();
  } catch {
    // names stay unknown; acts that need them ask again
  }
}
export const personName = (id: Id | null) => people.value?.find((p) => p.id === id)?.name ?? null;
export const isIll = (c: Channel) => c.status === 'broken';
// It counts as well, yet somebody should look before it breaks.
export const isWarned = (c: Channel) =>
  c.transport !== 'file' && (c.status === 'healthy' || c.status === 'quiet') && (c.health.warning !== '' || c.status_code === 'permission_missing');
