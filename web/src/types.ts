// What the server says and takes. Ids are strings, times RFC 3339 in UTC.

export type Id = string;
export type Time = string;
export type Language = 'id' | 'en';
export type Theme = 'auto' | 'light' | 'dark';
export type RoleName = 'owner' | 'approver' | 'agent' | 'trainer' | 'participant' | 'observer';
export type Permission =
  | 'inbox.read' | 'inbox.act' | 'reply.send' | 'message.moderate' | 'contact.read' | 'contact.edit' | 'contact.erase'
  | 'people.read' | 'people.edit' | 'channel.read' | 'channel.edit' | 'import.read' | 'import.run'
  | 'export.run' | 'audit.read';

export interface Business {
  id: Id;
  name: string;
  role: RoleName;
  zone: string;
  is_demo: boolean;
  permissions: Permission[];
}
export interface Me {
  person: { id: Id; name: string; email: string; language: Language; theme: Theme };
  csrf: string;
  businesses: Business[];
}
export interface Page<T> {
  items: T[];
  next: string | null;
}
export interface Counts {
  waiting: number;
  mine: number;
  open: number;
  unassigned: number;
  resolved: number | null;
  oldest_wait: Time | null;
  channels_ill: number;
}

export type View = 'waiting' | 'open' | 'mine' | 'unassigned' | 'resolved' | 'spam';
export type Status = 'open' | 'snoozed' | 'resolved' | 'spam';
export interface Row {
  id: Id;
  thread: Id;
  type: 'direct' | 'comment' | 'group';
  channel: Id;
  platform: string;
  name: string;
  contact: Id | null;
  preview: string | null;
  preview_side: 'in' | 'out' | 'system' | null;
  last_at: Time;
  wait_since: Time | null;
  status: Status;
  assignee: Id | null;
  unread: boolean;
  is_backfill: boolean;
  first_at: Time;
  window: { state: 'open' | 'late' | 'closed'; closes_at: Time | null; late_closes_at: Time | null; then: 'template' | 'human_agent' | 'none' } | null;
}
export interface Episode {
  id: Id;
  first_at: Time;
  last_at: Time;
  status: Status;
  resolved_at: Time | null;
  resolved_by: string | null;
}
export interface Identity {
  platform: string;
  username: string | null;
  phone: string | null;
  name: string | null;
}
export interface Conversation extends Row {
  episodes: Episode[];
  contact_detail: { id: Id; name: string; identities: Identity[]; since: Time; conversations: number } | null;
  can_reply: boolean;
  is_blocked: boolean;
  reply_by: 'platform' | 'hand' | 'none';
  max_text_units: number;
  can_attach: boolean;
  last_message: Id | null;
  acts: { theirs: ModerateAct[]; ours: ModerateAct[]; cost: number; private_reply: boolean };
  post: Post | null;
}
export type ModerateAct = 'hide' | 'unhide' | 'delete' | 'like' | 'unlike' | 'hold' | 'publish' | 'reject' | 'edit' | 'react';
export type ModerateReason = 'spam' | 'abuse' | 'personal_data' | 'fraud' | 'duplicate' | 'mistake';
export interface Post {
  external_id: string;
  text: string | null;
  link: string | null;
  posted_at: Time | null;
  deleted_at: Time | null;
  is_ours: boolean;
  likes: number | null;
  comments: number | null;
  shares: number | null;
  views: number | null;
  numbers_at: Time | null;
}
export interface Attachment {
  type: string;
  state: 'none' | 'wanted' | 'stored' | 'too_large' | 'gone';
  mime: string | null;
  name: string | null;
  size: number | null;
  url: string | null;
  lat: number | null;
  lon: number | null;
}
export interface Message {
  id: Id;
  external_id: string | null;
  conversation: Id;
  direction: 'in' | 'out' | 'system' | '';
  sender_kind: 'customer' | 'agent' | 'auto' | 'system' | '';
  device: string | null;
  kind: 'message' | 'unsupported' | 'system' | 'post';
  author: { id: Id; name: string | null } | null;
  person: { id: Id; name: string } | null;
  sent_at: Time;
  text: string | null;
  edited_at: Time | null;
  deleted_at: Time | null;
  version: number;
  reply_to: { id: Id; text: string | null; name: string | null } | null;
  delivery: 'none' | 'sent' | 'delivered' | 'read' | 'failed' | 'by_hand';
  fail_text: string | null;
  attachments: Attachment[];
  reactions: { emoji: string; direction: string }[];
  detail?: { type?: string; hidden?: boolean; private?: boolean };
  moderation: { act: ModerateAct; state: 'queued' | 'refused'; code: string; text: string; at: Time } | null;
  is_backfill: boolean;
}
export interface Outbox {
  id: Id;
  state: 'queued' | 'sending' | 'refused' | 'undecided';
  text: string;
  person: { id: Id; name: string } | null;
  created_at: Time;
  attempts: number;
  next_try: Time | null;
  fail_code: string | null;
  fail_text: string | null;
  file_name: string;
  message?: Message;
}
export interface Activity {
  id: Id;
  kind: 'resolved' | 'reopened' | 'assigned' | 'no_reply' | 'spam' | 'not_spam' | 'moderated' | 'merged' | 'split';
  detail?: { act?: ModerateAct };
  person: string | null;
  at: Time;
  conversation: Id;
}
export interface MessagePage extends Page<Message> {
  pending?: Outbox[];
  activity?: Activity[];
}
export interface Contact {
  id: Id;
  name: string;
  identities: Identity[];
  last_at: Time | null;
  conversations: number;
}
export interface Suggestion extends Contact {
  reasons: { kind: 'phone' | 'number' | 'handle' | 'username'; value: string; is_theirs: boolean }[];
}
export interface Merge {
  id: Id;
  contact: { id: Id; name: string };
  into: { id: Id; name: string };
  merged_at: Time;
  merged_by: string | null;
  undone_at: Time | null;
  undone_by: string | null;
}
export interface ContactDetail extends Omit<Contact, 'conversations'> {
  conversations: Row[];
  since: Time;
}
export interface Person {
  id: Id;
  name: string;
  email: string;
  role: RoleName;
  disabled: boolean;
  last_seen: Time | null;
}
export interface Channel {
  id: Id;
  platform: string;
  name: string;
  external_id: string | null;
  transport: 'file' | 'poll' | 'hook';
  status: 'healthy' | 'quiet' | 'broken' | 'paused' | 'checking';
  status_code: string | null;
  status_since: Time | null;
  last_event_at: Time | null;
  last_ok_at: Time | null;
  messages_24h: number;
  facts: Facts;
  health: Health;
  hook_url?: string;
  verify_token?: string;
  hook_looked_at?: Time | null;
}
// What the connector found out about the account.
export interface Facts {
  needs_login?: boolean;
  missing?: string[];
  fault?: { code: string; text: string } | null;
  hook?: { is_set?: boolean };
  accounts?: { id: string; name?: string; username?: string }[];
  quota?: { limit?: number; used?: number };
  [more: string]: unknown;
}
export interface Health {
  warning: '' | 'expired' | 'hook_gone' | 'expires' | 'sends_fail' | 'silent';
  usual_gap_s: number | null;
  expires_at: Time | null;
  sends_waiting: number;
  gaps: { from: Time; to: Time | null; reason: string }[];
  backfill: 'none' | 'reading' | 'done' | 'given_up';
  backfill_count: number;
}
export interface ConnectField {
  name: string;
  need: 'optional' | 'always' | 'for_hook' | 'or_login';
  is_secret: boolean;
  pattern: string;
}
export interface ConnectForm {
  platform: string;
  makes: string[];
  transports: ('poll' | 'hook')[];
  has_login: boolean;
  redirect_url?: string;
  fields: ConnectField[];
}
export interface Summary {
  question?: 'self' | 'date_order';
  read?: number;
  new?: number;
  known?: number;
  skipped?: number;
  reasons?: Record<string, number>;
  people?: number;
  conversations?: number;
  unanswered?: number;
  first_at?: Time | null;
  last_at?: Time | null;
  authors?: { name: string; messages: number }[];
  date_order?: string;
  date_sure?: boolean;
  truncated?: boolean;
  own_words_only?: boolean;
  mapping?: { delimiter: string; encoding: string; header: boolean; columns: { column: string; field: string | null; samples: string[] }[] };
  samples?: { dmy: string; mdy: string }[];
}
export interface Archive {
  id: Id;
  file_name: string;
  size: number;
  received: number;
  format: string | null;
  state: 'uploading' | 'queued' | 'reading' | 'merging' | 'done' | 'failed' | 'question' | 'undoing' | 'undone';
  options: Record<string, unknown>;
  progress: { bytes?: number; bytes_total?: number; messages?: number; up_to?: Time | null } | null;
  summary: Summary | null;
  error: { code: string; line: number | null; detail: string | null } | null;
  channel: Id | null;
  created_at: Time;
  done_at: Time | null;
}
