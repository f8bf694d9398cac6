/* Which column of a table is what. */
#include "csv_map.h"

#include "csv_time.h"
#include "util/json_out.h"
#include "util/str.h"

#include <stdlib.h>

#define PROBE_RECORDS 50
#define SAMPLE_BYTES  80
#define WORD_BYTES    64

/* Within a field the earlier word is the better one. */
static const struct {
    enum csv_field field;
    const char *words;
} names[] = {
    { CSV_TIME, "timestamp|datetime|date time|sent at|sent time|created at|created time|message time|waktu kirim|"
                "tanggal kirim|tanggal waktu|received at|sent|created|tanggal dan waktu|tanggal jam" },
    { CSV_DATE, "date|tanggal|tgl|hari" },
    { CSV_CLOCK, "time|waktu|jam|pukul|clock" },
    { CSV_TEXT, "text|message|pesan|isi|isi pesan|message text|teks|body|content|message body|comment|komentar|ulasan|"
                "review|chat message|konten" },
    { CSV_AUTHOR, "author|sender|pengirim|from|dari|sender name|from name|author name|nama pengirim|name|nama|"
                  "nama pelanggan|customer|customer name|pelanggan|penulis|username|user name|user|contact|kontak" },
    { CSV_AUTHOR_ID, "author id|sender id|from id|user id|customer id|contact id|id pengirim|id pelanggan|email|e mail" },
    { CSV_PHONE, "phone|phone number|telepon|nomor telepon|no telepon|no hp|nomor hp|hp|nomor|whatsapp|wa|no wa|nomor wa|"
                 "mobile|msisdn" },
    { CSV_RECIPIENT, "to|recipient|kepada|penerima|tujuan|ke" },
    { CSV_DIRECTION, "direction|arah|in out|inout|message direction|arah pesan" },
    { CSV_CHANNEL, "channel|kanal|saluran|platform|sumber|source|inbox" },
    { CSV_CONVERSATION, "conversation|conversation id|thread|thread id|percakapan|id percakapan|chat|chat id|room|room id|"
                        "ticket|ticket id|session id|group|grup" },
    { CSV_ID, "external id|message id|id pesan|id|msg id|messageid|uuid|comment id|id komentar" },
    { CSV_ATTACHMENT, "attachment|attachments|lampiran|media|file|berkas|attachment url|media url|file name" },
};

/* Lower-case ASCII with one blank for whatever separates words. */
static struct text plain_word(struct text t, char out[WORD_BYTES])
{
    size_t len = 0;

    if (text_starts(t, TEXT("\xef\xbb\xbf")))
        t = (struct text){ t.ptr + 3, t.len - 3 };
    for (size_t i = 0; i < t.len && len < WORD_BYTES; i++) {
        char c = t.ptr[i];

        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (c == '_' || c == '-' || c == '.' || c == '/' || c == ':' || c == '\t')
            c = ' ';
        if (c == ' ' && (!len || out[len - 1] == ' '))
            continue;
        out[len++] = c;
    }
    while (len && out[len - 1] == ' ')
        len--;
    return (struct text){ out, len };
}

/* How well a header fits: the word's place in the list from 1; 0: not at all. */
static size_t rank_of(const char *list, struct text word)
{
    struct text rest = text_of(list), one;
    size_t rank = 0;

    while (rest.len) {
        if (!str_split(&rest, '|', &one))
            rest = (struct text){ NULL, 0 };
        rank++;
        if (text_equal(one, word))
            return rank;
    }
    return 0;
}

struct probe {
    size_t first, records, alike, columns;
    struct csv_map *map;               /* NULL: only counts */
    struct arena *mem;
    struct text cells[PROBE_RECORDS][MAPPING_COLUMNS];
    size_t counts[PROBE_RECORDS];
};

bool csv_is_separator_line(const struct csv_row *row)
{
    return row->line == 1 && row->count <= 2 &&
           (text_starts(row->cells[0], TEXT("sep=")) || text_starts(row->cells[0], TEXT("\xef\xbb\xbfsep=")));
}

static struct text sample(struct text t, struct arena *mem)
{
    return arena_text(mem, str_utf8_cut(t, SAMPLE_BYTES));
}

static int probe_row(const struct csv_row *row, void *arg, struct fail *why)
{
    struct probe *p = arg;

    if (csv_is_separator_line(row))
        return 0;
    if (!p->records)
        p->first = row->count;
    p->alike += row->count == p->first;
    if (p->mem) {
        p->counts[p->records] = row->count < MAPPING_COLUMNS ? row->count : MAPPING_COLUMNS;
        for (size_t i = 0; i < p->counts[p->records]; i++)
            p->cells[p->records][i] = sample(row->cells[i], p->mem);
    }
    p->records++;
    return p->records == PROBE_RECORDS ? fail(why, FAIL_NOT_POSSIBLE, "enough") : 0;
}

static void probe(struct probe *p, struct text head, bool is_whole, char delimiter)
{
    struct csv_rows rows;
    struct fail ignored;
    int rc;

    csv_rows_init(&rows, delimiter, probe_row, p);
    rc = csv_rows_feed(&rows, head, &ignored);
    if (rc == 0 && is_whole)
        rc = csv_rows_end(&rows, &ignored);
    csv_rows_fini(&rows);
    (void)rc;
}

static char told_delimiter(struct text head)
{
    struct text t = head;

    (void)str_skip(&t, TEXT("\xef\xbb\xbf"));
    return str_skip(&t, TEXT("sep=")) && t.len && strchr(",;\t|", *t.ptr) ? *t.ptr : '\0';
}

static int choose_delimiter(struct text head, bool is_whole, struct arena *mem, char *out, struct fail *why)
{
    static const char candidates[] = ",;\t|";
    struct probe *p = arena_new_of(mem, struct probe);
    size_t best = 0;

    *out = told_delimiter(head);
    for (const char *c = candidates; *c && !(*out && !best); c++) {
        size_t score;

        *p = (struct probe){ .records = 0 };
        probe(p, head, is_whole, *c);
        score = p->first < 2 ? 0 : p->alike * 1000 / (p->records ? p->records : 1) * 100 + p->first;
        if (score > best) {
            best = score;
            *out = *c;
        }
    }
    return *out ? 0 : fail_line(why, FAIL_BAD_FILE, 1, "this is not an export that we know: no table with columns");
}

static bool is_time(struct text t)
{
    return csv_time_parse(t).kind != CSV_TIME_NONE;
}

/* A first record without a time in it, above records with one, names the columns. */
static bool has_header(const struct probe *p)
{
    for (size_t i = 0; i < p->counts[0]; i++)
        if (is_time(p->cells[0][i]))
            return false;
    return true;
}

static void map_by_words(struct csv_map *map, const struct probe *p)
{
    size_t best[CSV_FIELD_COUNT] = { 0 };

    for (size_t i = 0; i < p->counts[0]; i++) {
        char bytes[WORD_BYTES];
        struct text word = plain_word(p->cells[0][i], bytes);

        for (size_t n = 0; n < COUNT_OF(names); n++) {
            size_t rank = rank_of(names[n].words, word);

            if (rank && (!best[names[n].field] || rank < best[names[n].field])) {
                best[names[n].field] = rank;
                map->at[names[n].field] = i + 1;
            }
        }
    }
}

static bool is_taken(const struct csv_map *map, size_t column)
{
    for (size_t f = 0; f < CSV_FIELD_COUNT; f++)
        if (map->at[f] == column + 1)
            return true;
    return false;
}

/* Time: the column that reads as one most often. Text: the widest of the others. Author: the first that is left. */
static void map_by_content(struct csv_map *map, const struct probe *p, size_t from)
{
    size_t times[MAPPING_COLUMNS] = { 0 }, widths[MAPPING_COLUMNS] = { 0 }, best = 0;

    for (size_t r = from; r < p->records; r++)
        for (size_t i = 0; i < p->counts[r]; i++) {
            times[i] += is_time(p->cells[r][i]);
            widths[i] += p->cells[r][i].len;
        }
    if (!map->at[CSV_TIME] && !map->at[CSV_DATE] && !map->at[CSV_CLOCK])
        for (size_t i = 0; i < p->counts[0]; i++)
            if (times[i] > best && times[i] * 2 > p->records - from) {
                best = times[i];
                map->at[CSV_TIME] = i + 1;
            }
    best = 0;
    for (size_t i = 0; i < p->counts[0] && !map->at[CSV_TEXT]; i++)
        best = !is_taken(map, i) && widths[i] > best ? widths[i] : best;
    for (size_t i = 0; i < p->counts[0] && best; i++)
        if (!map->at[CSV_TEXT] && !is_taken(map, i) && widths[i] == best)
            map->at[CSV_TEXT] = i + 1;
    for (size_t i = 0; i < p->counts[0] && from == 0 && !map->at[CSV_AUTHOR]; i++)
        if (!is_taken(map, i))
            map->at[CSV_AUTHOR] = i + 1;
}

/* One column for the whole time may be called by the word for its half. */
static void settle_time(struct csv_map *map)
{
    if (map->at[CSV_TIME]) {
        map->at[CSV_DATE] = map->at[CSV_CLOCK] = 0;
    } else if (!map->at[CSV_DATE] || !map->at[CSV_CLOCK]) {
        map->at[CSV_TIME] = map->at[CSV_DATE] ? map->at[CSV_DATE] : map->at[CSV_CLOCK];
        map->at[CSV_DATE] = map->at[CSV_CLOCK] = 0;
    }
}

static void show(struct csv_map *map, const struct probe *p, char delimiter)
{
#define X(name, word) word,
    static const char *const words[] = { CSV_FIELDS(X) };
#undef X
    struct archive_mapping *m = &map->shown;
    size_t from = m->has_header ? 1 : 0;

    m->delimiter = delimiter == '\t' ? "tab" : delimiter == ';' ? ";" : delimiter == '|' ? "|" : ",";
    m->column_count = p->counts[0];
    for (size_t i = 0; i < m->column_count; i++) {
        struct text header = m->has_header ? p->cells[0][i] : TEXT("");

        (void)str_skip(&header, TEXT("\xef\xbb\xbf"));
        m->columns[i] = (struct archive_column){ header, NULL };
        for (size_t f = 0; f < CSV_FIELD_COUNT; f++)
            if (map->at[f] == i + 1)
                m->columns[i].field = words[f];
    }
    for (size_t r = from; r < p->records && m->sample_count < MAPPING_SAMPLES; r++, m->sample_count++)
        for (size_t i = 0; i < m->column_count; i++)
            m->samples[m->sample_count][i] = i < p->counts[r] ? p->cells[r][i] : TEXT("");
}

int csv_map_guess(struct csv_map *map, struct text head, bool is_whole, struct arena *mem, char *delimiter,
                  struct fail *why)
{
    struct probe *p = arena_new_of(mem, struct probe);
    char found;

    if (choose_delimiter(head, is_whole, mem, &found, why))
        return -1;
    p->mem = mem;
    probe(p, head, is_whole, found);
    if (!p->records)
        return fail_line(why, FAIL_BAD_FILE, 1, "this is not an export that we know: no table with columns");
    map->shown.has_header = has_header(p);
    if (map->shown.has_header)
        map_by_words(map, p);
    map_by_content(map, p, map->shown.has_header ? 1 : 0);
    settle_time(map);
    if (!map->at[CSV_TIME] && !map->at[CSV_DATE])
        return fail_line(why, FAIL_BAD_FILE, 1, "no column of this table tells the time; name it \"time\" or \"waktu\"");
    if (!map->at[CSV_TEXT])
        return fail_line(why, FAIL_BAD_FILE, 1, "no column of this table holds the text; name it \"text\" or \"pesan\"");
    show(map, p, found);
    *delimiter = found;
    return 0;
}

void archive_mapping_write(const struct archive_mapping *m, struct json_out *j)
{
    jo_object(j);
    jo_kv(j, "delimiter", jo_str, m->delimiter);
    jo_kv(j, "encoding", jo_str, m->encoding);
    jo_kv(j, "header", jo_bool, m->has_header);
    jo_key(j, "columns");
    jo_array(j);
    for (size_t i = 0; i < m->column_count; i++) {
        jo_object(j);
        jo_kv(j, "column", jo_text, m->columns[i].header);
        jo_kv(j, "field", jo_str, m->columns[i].field);
        jo_key(j, "samples");
        jo_array(j);
        for (size_t r = 0; r < m->sample_count; r++)
            jo_text(j, m->samples[r][i]);
        jo_end_array(j);
        jo_end_object(j);
    }
    jo_end_array(j);
    jo_end_object(j);
}

bool csv_looks_like(struct text first_line)
{
    struct csv_map *map;
    struct arena *mem;
    struct fail ignored;
    struct probe *p;
    char delimiter;
    bool looks;

    if (text_starts(first_line, TEXT("sep=")))
        return true;
    mem = arena_new(0);
    map = arena_new_of(mem, struct csv_map);
    p = arena_new_of(mem, struct probe);
    p->mem = mem;
    looks = choose_delimiter(first_line, true, mem, &delimiter, &ignored) == 0;
    if (looks) {
        probe(p, first_line, true, delimiter);
        if (p->records && has_header(p))
            map_by_words(map, p);
        settle_time(map);
        looks = p->records && (map->at[CSV_TEXT] ? map->at[CSV_TIME] || map->at[CSV_DATE] : !has_header(p));
    }
    arena_free(mem);
    return looks;
}

struct text csv_map_cell(const struct csv_map *map, const struct csv_row *row, enum csv_field f)
{
    size_t at = map->at[f];

    return at && at <= row->count ? row->cells[at - 1] : (struct text){ NULL, 0 };
}
