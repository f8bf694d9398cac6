// One strand in the list. Its name is one sentence for those who listen.
import { brief, duration, spoken } from '../format';
import { rowName } from '../names';
import { href } from '../router';
import { personName } from '../state/channels';
import { me } from '../state/session';
import { Avatar, Chip } from '../ui/basics';
import { platformName } from '../ui/icon';
import { AnsweredAt, isOver, WaitClock, waited } from '../ui/wait-clock';
import { windowNow } from '../thread/window-note';
import { t } from '../words';
import type { Row as RowData } from '../types';

function preview(row: RowData): string {
  const text = row.preview?.trim() || t('row.no_text');
  return row.preview_side === 'out' ? t('row.ours', { text }) : text;
}

function sentence(row: RowData): string {
  const parts = [rowName(row), platformName(row.platform)];
  if (row.unread) parts.push(t('row.spoken.unread'));
  if (row.wait_since) {
    parts.push(t('wait.spoken', { age: spoken(waited(row.wait_since)) }));
    if (isOver(row.wait_since)) parts.push(t('row.spoken.over'));
  }
  if (row.status === 'resolved') parts.push(t('status.resolved'));
  const who = personName(row.assignee);
  if (who) parts.push(t('row.spoken.assignee', { name: who }));
  parts.push(preview(row));
  return parts.join(', ');
}

function Chips({ row }: { row: RowData }) {
  const { state, left } = windowNow(row);
  return (
    <>
      {row.wait_since && state === 'soon' && <Chip tone="kunyit" icon="hourglass">{t('window.chip', { left: duration(left) })}</Chip>}
      {row.wait_since && state === 'closed' && <Chip icon="hourglass">{t('window.chip_closed')}</Chip>}
      {row.status === 'resolved' && <Chip tone="selesai" icon="check">{t('status.resolved')}</Chip>}
      {row.status === 'spam' && <Chip icon="spam">{t('view.spam')}</Chip>}
      {row.type === 'group' && <Chip icon="people">{t('row.group')}</Chip>}
      {row.type === 'comment' && <Chip icon="globe">{t('row.comment')}</Chip>}
      {row.is_backfill && <Chip icon="file">{t('row.imported')}</Chip>}
    </>
  );
}

export function Row({ row, isSelected, isChecked, isGone, isTabStop, onCheck }: {
  row: RowData;
  isSelected: boolean;
  isChecked: boolean;
  isGone: boolean;
  isTabStop: boolean;
  onCheck: () => void;
}) {
  const assignee = row.assignee ? (personName(row.assignee) ?? '') : '';
  const classes = ['row'];
  if (row.unread) classes.push('unread');
  if (isSelected) classes.push('selected');
  if (isChecked) classes.push('checked');
  if (isGone) classes.push('leaving');
  return (
    <a
      class={classes.join(' ')}
      href={href('inbox', row.id)}
      data-row={row.id}
      tabIndex={isTabStop ? 0 : -1}
      aria-label={sentence(row)}
      aria-current={isSelected ? 'true' : undefined}
      onContextMenu={(e) => {
        if (matchMedia('(pointer:coarse)').matches) (e.preventDefault(), onCheck());
      }}
    >
      <span class="row-dot" />
      <Avatar name={rowName(row)} id={row.contact ?? row.thread} platform={row.platform} />
      <span class="row-main">
        <span class="row-top">
          <span class="row-name" dir="auto">{rowName(row)}</span>
          {row.wait_since && row.status === 'open'
            ? <WaitClock since={row.wait_since} />
            : row.preview_side === 'out'
              ? <AnsweredAt text={brief(row.last_at)} />
              : <span class="wait wait-none">{brief(row.last_at)}</span>}
        </span>
        <span class="row-preview" dir="auto">{preview(row)}</span>
        <span class="row-foot">
          <Chips row={row} />
          {assignee && (
            <span class="row-assignee" title={assignee}>
              <Avatar name={assignee} id={row.assignee!} size={20} />
              {row.assignee === me.value?.person.id && <span class="meta">{t('row.mine')}</span>}
            </span>
          )}
        </span>
      </span>
    </a>
  );
}
