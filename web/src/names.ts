// What a strand or a person is called when nobody gave a name.
import { platformName } from './ui/icon';
import { t } from './words';
import type { Contact, Row } from './types';

export const rowName = (row: Row) => row.name || (row.type === 'group' ? t('row.nameless_group') : t('row.nameless', { platform: platformName(row.platform) }));
export const contactName = (c: Contact) => c.name || t('row.nameless', { platform: platformName(c.identities[0]?.platform ?? '') });
