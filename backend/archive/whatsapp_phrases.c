/* What the app itself writes into an export, in English and Indonesian, and by structure for other languages
 * (exports.md 1.5 and 1.6). Patterns are ours: '*' stands for anything, the end of a pattern for any tail. */
#include "whatsapp_priv.h"

#include "util/str.h"

struct phrase {
    const char *pattern;
    const char *word;
};

/* Bits of a notice's meaning: these happen in groups only. */
static const char *const group_words[] = { "created", "added",       "joined",   "left",  "removed", "subject",
                                           "icon",    "description", "settings", "admin", "request" };

static const struct phrase notices[] = {
    { "Messages and calls are end-to-end encrypted", "encryption" },
    { "Messages to this chat and calls are now secured", "encryption" },
    { "Messages you send to this ", "encryption" },
    { "Messages to yourself are end-to-end encrypted", "encryption" },
    { "Messages to this group are now secured", "encryption" },
    { "Pesan dan panggilan terenkripsi", "encryption" },
    { "Pesan-pesan yang dikirimkan ke ", "encryption" },
    { "Pesan-pesan yang Anda kirim ke ", "encryption" },
    { "Pesan kepada diri sendiri terenkripsi", "encryption" },
    { "* created group \"", "created" },
    { "* created group “", "created" },
    { "You created this group", "created" },
    { "Group creator created this group", "created" },
    { "* created this group", "created" },
    { "* membuat grup", "created" },
    { "Pembuat grup membuat grup ini", "created" },
    { "* changed the subject", "subject" },
    { "* changed the group name", "subject" },
    { "* mengubah subjek", "subject" },
    { "* mengubah nama grup", "subject" },
    { "* changed this group's icon", "icon" },
    { "* changed this group’s icon", "icon" },
    { "* deleted this group's icon", "icon" },
    { "* deleted this group’s icon", "icon" },
    { "* mengubah ikon grup", "icon" },
    { "* menghapus ikon grup", "icon" },
    { "* changed the group description", "description" },
    { "* deleted the group description", "description" },
    { "* mengubah deskripsi grup", "description" },
    { "* menghapus deskripsi grup", "description" },
    { "* changed this group's settings", "settings" },
    { "* changed this group’s settings", "settings" },
    { "* changed the settings so ", "settings" },
    { "* mengubah pengaturan grup", "settings" },
    { "* turned on admin approval", "settings" },
    { "* turned off admin approval", "settings" },
    { "You're now an admin", "admin" },
    { "You’re now an admin", "admin" },
    { "You're no longer an admin", "admin" },
    { "You’re no longer an admin", "admin" },
    { "Anda sekarang admin", "admin" },
    { "Anda sekarang adalah admin", "admin" },
    { "Anda bukan lagi seorang admin", "admin" },
    { "* requested to join", "request" },
    { "* meminta untuk bergabung", "request" },
    { "* joined using ", "joined" },
    { "* joined from the community", "joined" },
    { "* joined the group", "joined" },
    { "* bergabung menggunakan ", "joined" },
    { "* bergabung dari komunitas", "joined" },
    { "* bergabung ke grup", "joined" },
    { "* added ", "added" },
    { "* was added", "added" },
    { "* were added", "added" },
    { "* menambahkan ", "added" },
    { "* telah ditambahkan", "added" },
    { "* removed ", "removed" },
    { "* was removed", "removed" },
    { "* mengeluarkan ", "removed" },
    { "* telah dikeluarkan", "removed" },
    { "* left", "left" },
    { "* keluar", "left" },
    { "Your security code with ", "security_code" },
    { "*'s security code changed", "security_code" },
    { "*’s security code changed", "security_code" },
    { "* security code with * changed", "security_code" },
    { "Kode keamanan ", "security_code" },
    { "* changed their phone number", "number_changed" },
    { "* changed to ", "number_changed" },
    { "* telah mengganti nomor telepon", "number_changed" },
    { "* mengganti nomor telepon", "number_changed" },
    { "* diganti menjadi ", "number_changed" },
    { "* turned on disappearing messages", "disappearing" },
    { "* turned off disappearing messages", "disappearing" },
    { "* updated the message timer", "disappearing" },
    { "* default timer for disappearing messages", "disappearing" },
    { "* menyalakan pesan sementara", "disappearing" },
    { "* mematikan pesan sementara", "disappearing" },
    { "* memperbarui timer pesan", "disappearing" },
    { "* menggunakan timer default", "disappearing" },
    { "You blocked this ", "blocked" },
    { "You unblocked this ", "unblocked" },
    { "Anda telah memblokir ", "blocked" },
    { "Anda memblokir ", "blocked" },
    { "Anda membuka blokir ", "unblocked" },
    { "* started a call", "call" },
    { "* started a video call", "call" },
    { "* memulai panggilan", "call" },
    { "Missed voice call", "call" },
    { "Missed video call", "call" },
    { "Missed group ", "call" },
    { "Panggilan suara tak terjawab", "call" },
    { "Panggilan video tak terjawab", "call" },
    { "Panggilan suara grup tak terjawab", "call" },
    { "Panggilan video grup tak terjawab", "call" },
    { "* pinned a message", "pinned" },
    { "* menyematkan pesan", "pinned" },
    { "* turned on advanced chat privacy", "privacy" },
    { "* turned off advanced chat privacy", "privacy" },
    { "* privasi chat lanjutan", "privacy" },
    { "This chat is with ", "business" },
    { "This business ", "business" },
    { "* is now registered as a business account", "business" },
    { "* uses other companies to manage ", "business" },
    { "* uses a secure service from ", "business" },
    { "Chat ini dengan akun bisnis", "business" },
    { "Chat ini dengan ", "business" },
    { "Akun bisnis ini ", "business" },
    { "Bisnis ini ", "business" },
    { "* terdaftar sebagai akun bisnis", "business" },
    { "* menggunakan perusahaan lain untuk mengelola ", "business" },
    { "* is a contact", "contact" },
    { "Messages with Meta AI ", "ai" },
    { "* Meta AI ", "ai" },
};

static const struct phrase deleted[] = {
    { "This message was deleted", NULL },
    { "Pesan ini telah dihapus", NULL },
    { "Pesan ini dihapus", NULL },
    { "Diese Nachricht wurde gelöscht", NULL },
    { "Se eliminó este mensaje", NULL },
    { "Este mensaje fue eliminado", NULL },
    { "Mensagem apagada", NULL },
    { "Ce message a été supprimé", NULL },
    { "Questo messaggio è stato eliminato", NULL },
    { "Dit bericht is verwijderd", NULL },
    { "Данное сообщение удалено", NULL },
    { "Bu mesaj silindi", NULL },
    { "تم حذف هذه الرسالة", NULL },
    { "Mesej ini telah dipadam", NULL },
};

static const struct phrase deleted_by_us[] = {
    { "You deleted this message", NULL },
    { "Anda telah menghapus pesan ini", NULL },
    { "Anda menghapus pesan ini", NULL },
    { "Du hast diese Nachricht gelöscht", NULL },
    { "Eliminaste este mensaje", NULL },
    { "Você apagou esta mensagem", NULL },
    { "Vous avez supprimé ce message", NULL },
    { "Hai eliminato questo messaggio", NULL },
    { "Anda memadam mesej ini", NULL },
};

static const struct phrase calls[] = {
    { "Missed voice call", "missed_voice" },
    { "Missed video call", "missed_video" },
    { "Missed group voice call", "missed_voice" },
    { "Missed group video call", "missed_video" },
    { "Panggilan suara tak terjawab", "missed_voice" },
    { "Panggilan video tak terjawab", "missed_video" },
    { "Panggilan suara grup tak terjawab", "missed_voice" },
    { "Panggilan video grup tak terjawab", "missed_video" },
    { "Voice call.", "voice" },
    { "Video call.", "video" },
    { "Panggilan suara.", "voice" },
    { "Panggilan video.", "video" },
};

/* What stands before "omitted"; the kind of media it was. */
static const struct phrase omitted_kinds[] = {
    { "image", "image" },       { "video note", "video" },  { "video message", "video" }, { "video", "video" },
    { "audio", "audio" },       { "GIF", "image" },         { "sticker", "sticker" },     { "gambar", "image" },
    { "stiker", "sticker" },    { "Contact card", "contact" }, { "Kartu kontak", "contact" },
    { "product image", "product" }, { "gambar produk", "product" }, { "Bild", "image" }, { "imagen", "image" },
    { "imagem", "image" },
};

static const char *const omitted_tails[] = {
    " omitted",  " tidak disertakan", " dihilangkan", " weggelassen", " omitido",  " omitida", " ocultado", " ocultada",
    " absente",  " absent",           " omis",        " omise",       " omesso",   " omessa",  " weggelaten",
    " пропущено", " dahil edilmedi",   " tak disertakan",
};

static const char *const edited_marks[] = { "<This message was edited>", "<Pesan ini diedit>",
                                            "<Pesan ini telah diedit>", "<Diese Nachricht wurde bearbeitet>",
                                            "<Se editó este mensaje.>", "<Mensagem editada>" };

static const char *const attached_words[] = { "(file attached)", "(file terlampir)", "(Datei angehängt)",
                                              "(archivo adjunto)", "(arquivo anexado)", "(fichier joint)",
                                              "(file allegato)" };

static struct text after_marks(struct text t)
{
    size_t n = wa_marks(t);

    return (struct text){ t.ptr + n, t.len - n };
}

static bool starts(struct text t, const char *word)
{
    size_t n = strlen(word);

    return t.len >= n && memcmp(t.ptr, word, n) == 0;
}

static bool ends(struct text t, const char *word)
{
    size_t n = strlen(word);

    return t.len >= n && memcmp(t.ptr + t.len - n, word, n) == 0;
}

/* One '*' at most at the start and one inside; each must stand for something. */
static bool matches(struct text t, const char *pattern)
{
    const char *star;
    struct text head, rest;
    const char *at;

    if (*pattern == '*') {
        if (t.len < 2)
            return false;
        pattern++;
        t = (struct text){ t.ptr + 1, t.len - 1 };
        star = strchr(pattern, '*');
        head = (struct text){ pattern, star ? (size_t)(star - pattern) : strlen(pattern) };
        at = str_find(t, head);
        if (!at || !star)
            return at != NULL;
        rest = (struct text){ at + head.len, (size_t)(t.ptr + t.len - (at + head.len)) };
        return str_find(rest, text_of(star + 1)) != NULL;
    }
    return starts(t, pattern);
}

bool wa_has_verb(struct text prefix)
{
    for (size_t i = 0; i < COUNT_OF(notices); i++)
        if (matches(prefix, notices[i].pattern))
            return true;
    return false;
}

static const struct phrase *find_phrase(const struct phrase *list, size_t count, struct text t)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].pattern[0] == (t.len ? t.ptr[0] : '\0') && starts(t, list[i].pattern))
            return &list[i];
    return NULL;
}

void wa_classify_notice(struct text text, struct wa_kind *out)
{
    struct text t = after_marks(text);

    *out = (struct wa_kind){ .what = WA_NOTICE, .word = "other", .clean_len = text.len };
    if (t.len > 400)
        t.len = 400;
    for (size_t i = 0; i < COUNT_OF(notices); i++)
        if (matches(t, notices[i].pattern)) {
            out->word = notices[i].word;
            break;
        }
    for (size_t i = 0; i < COUNT_OF(group_words); i++)
        out->is_group |= strcmp(out->word, group_words[i]) == 0;
}

enum attachment_type wa_attachment_type(struct text name)
{
    static const struct {
        const char *tail;
        enum attachment_type type;
    } tails[] = {
        { ".jpg", ATTACHMENT_IMAGE },  { ".jpeg", ATTACHMENT_IMAGE }, { ".png", ATTACHMENT_IMAGE },
        { ".heic", ATTACHMENT_IMAGE }, { ".gif", ATTACHMENT_IMAGE },  { ".webp", ATTACHMENT_STICKER },
        { ".mp4", ATTACHMENT_VIDEO },  { ".mov", ATTACHMENT_VIDEO },  { ".3gp", ATTACHMENT_VIDEO },
        { ".opus", ATTACHMENT_VOICE }, { ".ogg", ATTACHMENT_VOICE },  { ".m4a", ATTACHMENT_AUDIO },
        { ".mp3", ATTACHMENT_AUDIO },  { ".aac", ATTACHMENT_AUDIO },  { ".wav", ATTACHMENT_AUDIO },
        { ".vcf", ATTACHMENT_CONTACT },
    };

    for (size_t i = 0; i < COUNT_OF(tails); i++) {
        struct text tail = text_of(tails[i].tail);

        if (name.len > tail.len &&
            str_equal_nocase((struct text){ name.ptr + name.len - tail.len, tail.len }, tail))
            return tails[i].type;
    }
    return ATTACHMENT_FILE;
}

/* "IMG-20240615-WA0001.jpg", "PTT-…", and iOS's "00000042-PHOTO-…". */
static bool is_media_name(struct text t)
{
    static const char *const heads[] = { "IMG-", "VID-", "PTT-", "AUD-", "STK-", "DOC-" };

    if (t.len < 12 || !memchr(t.ptr + t.len - 6, '.', 6))
        return false;
    for (size_t i = 0; i < COUNT_OF(heads); i++)
        if (starts(t, heads[i]) && t.ptr[4] >= '0' && t.ptr[4] <= '9')
            return true;
    for (size_t i = 0; i < 8; i++)
        if (t.ptr[i] < '0' || t.ptr[i] > '9')
            return false;
    return t.ptr[8] == '-';
}

static bool is_entry(const struct archive_options *o, struct text name)
{
    for (size_t i = 0; i < o->entry_count; i++)
        if (text_equal(o->entries[i], name))
            return true;
    return false;
}

/* Android: "NAME (file attached)" alone on the first line. */
static bool find_attached_android(struct text line, const struct archive_options *o, struct wa_kind *out)
{
    struct text name;
    const char *open;
    bool known = false;

    if (line.len < 5 || line.ptr[line.len - 1] != ')' || !(open = memrchr(line.ptr, '(', line.len)) ||
        open == line.ptr || open[-1] != ' ')
        return false;
    name = after_marks((struct text){ line.ptr, (size_t)(open - 1 - line.ptr) });
    for (size_t i = 0; i < COUNT_OF(attached_words); i++)
        known |= ends(line, attached_words[i]);
    if (!name.len || !memchr(name.ptr, '.', name.len) || !(known || is_media_name(name) || is_entry(o, name)))
        return false;
    out->what = WA_ATTACHED;
    out->file = name;
    return true;
}

/* iOS: "…‎<attached: NAME>" at the end, in any language. */
static bool find_attached_ios(struct text t, struct wa_kind *out)
{
    const char *open, *colon;

    if (!t.len || t.ptr[t.len - 1] != '>' || !(open = memrchr(t.ptr, '<', t.len)) || open - t.ptr < 2 ||
        !(wa_marks((struct text){ open >= t.ptr + 3 ? open - 3 : t.ptr, 3 })))
        return false;
    colon = memchr(open, ':', (size_t)(t.ptr + t.len - open));
    if (!colon || colon + 2 >= t.ptr + t.len - 1 || colon[1] != ' ')
        return false;
    out->what = WA_ATTACHED;
    out->file = (struct text){ colon + 2, (size_t)(t.ptr + t.len - 1 - (colon + 2)) };
    return memchr(out->file.ptr, '.', out->file.len) != NULL;
}

static void find_edited(struct text t, struct wa_kind *out)
{
    if (t.len < 12 || t.ptr[t.len - 1] != '>')
        return;
    for (size_t i = 0; i < COUNT_OF(edited_marks); i++) {
        size_t at;

        if (!ends(t, edited_marks[i]))
            continue;
        at = t.len - strlen(edited_marks[i]);
        if (at >= 3 && wa_marks((struct text){ t.ptr + at - 3, 3 }) == 3)
            at -= 3;
        if (at > 0 && t.ptr[at - 1] == ' ')
            at--;
        out->is_edited = true;
        out->clean_len = at;
        return;
    }
}

static bool find_location(struct text t, struct wa_kind *out)
{
    static const char *const heads[] = { "location: ", "Location: ", "lokasi : ", "lokasi: ", "Lokasi: ", "Lokasi : " };
    static const char *const live[] = { "live location shared", "Live location ", "Lokasi terkini " };

    for (size_t i = 0; i < COUNT_OF(heads); i++)
        if (starts(t, heads[i]) && starts((struct text){ t.ptr + strlen(heads[i]), t.len - strlen(heads[i]) }, "https://")) {
            out->what = WA_LOCATION;
            out->file = (struct text){ t.ptr + strlen(heads[i]), t.len - strlen(heads[i]) };
            return true;
        }
    for (size_t i = 0; i < COUNT_OF(live); i++)
        if (starts(t, live[i])) {
            out->what = WA_LIVE_LOCATION;
            return true;
        }
    return false;
}

/* "‎image omitted", "a.pdf • ‎2 pages ‎document omitted"; t has lost its leading mark. */
static bool find_omitted_ios(struct text t, struct wa_kind *out)
{
    for (size_t i = 0; i < COUNT_OF(omitted_tails); i++) {
        struct text head;

        if (!ends(t, omitted_tails[i]))
            continue;
        head = (struct text){ t.ptr, t.len - strlen(omitted_tails[i]) };
        out->what = WA_OMITTED;
        out->word = "file";
        for (size_t k = 0; k < COUNT_OF(omitted_kinds); k++)
            if (ends(head, omitted_kinds[k].pattern)) {
                out->word = omitted_kinds[k].word;
                return true;
            }
        return head.len < 24 || ends(head, "document") || ends(head, "dokumen") || memchr(head.ptr, '.', head.len);
    }
    return false;
}

/* Android's "<Media omitted>" in any language: one short line in angle brackets; a file title may follow. */
static bool find_omitted_android(struct text line, struct wa_kind *out)
{
    if (line.len < 6 || line.len > 80 || line.ptr[0] != '<' || line.ptr[line.len - 1] != '>' ||
        !memchr(line.ptr, ' ', line.len) || memchr(line.ptr, '/', line.len) || memchr(line.ptr, '=', line.len))
        return false;
    out->what = WA_OMITTED;
    out->word = starts(line, "<Video") ? "video" : NULL;
    return true;
}

/* iOS in a language without a table: a long marked text at the very start of a chat is the encryption notice. */
static bool find_marked_notice(struct text t, bool is_first, struct wa_kind *out)
{
    struct wa_kind notice;

    wa_classify_notice(t, &notice);
    if (strcmp(notice.word, "other") == 0 && !(is_first && t.len > 60 && t.ptr[t.len - 1] != '>'))
        return false;
    out->what = WA_NOTICE;
    out->word = strcmp(notice.word, "other") == 0 ? "encryption" : notice.word;
    out->is_group = notice.is_group;
    return true;
}

static bool find_app_words(struct text t, struct wa_kind *out)
{
    const struct phrase *p;

    if (t.len > 160)
        return false;
    if (find_phrase(deleted, COUNT_OF(deleted), t))
        out->what = WA_DELETED;
    else if (find_phrase(deleted_by_us, COUNT_OF(deleted_by_us), t))
        out->what = WA_DELETED_BY_US;
    else if ((p = find_phrase(calls, COUNT_OF(calls), t))) {
        out->what = WA_CALL;
        out->word = p->word;
    } else if (starts(t, "Waiting for this message") || starts(t, "Menunggu pesan ini"))
        out->what = WA_WAITING;
    else
        return false;
    return true;
}

/* Whole short Android texts only: people do write sentences that begin like the app's. */
static bool is_whole_phrase(struct text t)
{
    static const char *const tails[] = { "deleted", "dihapus", "pesan ini", "message", "gelöscht", "eliminado",
                                         "apagada", "mensagem", "supprimé", "eliminato", "verwijderd", "удалено",
                                         "silindi", "mensaje", "الرسالة", "dipadam", "admin", "call", "terjawab" };

    if (t.len && t.ptr[t.len - 1] == '.')
        t.len--;
    for (size_t i = 0; i < COUNT_OF(tails); i++)
        if (ends(t, tails[i]))
            return true;
    return t.len > 8 && (str_find(t, TEXT(" at ")) || str_find(t, TEXT(" pada ")) || str_find(t, TEXT("by admin")));
}

/* The app's own words begin with a capital or beyond ASCII; only "location" and "live location" do not. */
static bool can_begin_phrase(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || c >= 0x80 || c == 'l';
}

void wa_classify(struct text text, bool is_ios, bool is_first, const struct archive_options *options,
                 struct wa_kind *out)
{
    struct text t = after_marks(text), line = t;
    bool is_marked = t.len < text.len;
    const char *nl = t.len ? memchr(t.ptr, '\n', t.len) : NULL;

    *out = (struct wa_kind){ .what = WA_TEXT, .clean_len = text.len };
    if (!t.len)
        return;
    if (nl)
        line.len = (size_t)(nl - t.ptr);
    find_edited(text, out);
    if (find_attached_android(line, options, out) || (text.ptr[text.len - 1] == '>' && find_attached_ios(text, out)))
        return;
    out->what = WA_TEXT;
    if (is_marked && is_ios) {
        if (find_app_words(t, out) || find_omitted_ios(line, out) || find_location(t, out) ||
            find_marked_notice(t, is_first, out))
            return;
    } else if (is_ios && line.len < 300 && str_find(line, TEXT("• \xe2\x80\x8e")) && find_omitted_ios(line, out)) {
        return;
    } else if (t.ptr[0] == '<') {
        if (find_omitted_android(line, out))
            return;
    } else if (t.len < 160 && !nl && can_begin_phrase((unsigned char)t.ptr[0])) {
        struct wa_kind plain = *out;

        if (find_app_words(t, &plain) && is_whole_phrase(t))
            *out = plain;
        else if (find_location(t, &plain))
            *out = plain;
    }
}

bool wa_is_app_text(struct text text)
{
    static const struct archive_options none = { .entry_count = 0 };
    struct wa_kind kind;

    if (!text.len || (text.ptr[text.len - 1] != '>' && text.ptr[text.len - 1] != ')' && !wa_marks(text) &&
                      !can_begin_phrase((unsigned char)text.ptr[0])))
        return false;
    wa_classify(text, wa_marks(text) > 0, true, &none, &kind);
    return kind.what != WA_TEXT && kind.what != WA_CALL;
}
