import type { Key } from '../words';
import type { RoleName } from '../types';

export const ROLE_NAMES: Record<RoleName, Key> = {
  owner: 'role.owner', approver: 'role.approver', agent: 'role.agent', trainer: 'role.trainer',
  participant: 'role.participant', observer: 'role.observer',
};
export const ROLE_TEXTS: Record<RoleName, Key> = {
  owner: 'role.owner_text', approver: 'role.approver_text', agent: 'role.agent_text', trainer: 'role.trainer_text',
  participant: 'role.participant_text', observer: 'role.observer_text',
};
export const ROLES = Object.keys(ROLE_NAMES) as RoleName[];
