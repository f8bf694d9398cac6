/* Approved templates as the panel wants them: their words, and what has to be filled in. */
#include "wacloud_priv.h"

#include "util/str.h"

#define PLACES_MAX 50

static bool is_number(struct text t)
{
    int64_t n;

    return str_whole_i64(t, &n, 1, PLACES_MAX) == 0;
}

static void add_place(json_t *variables, const char *where, struct text name, const char *sub_type, size_t index)
{
    json_t *place = json_pack("{s:s}", "where", where);

    if (name.len && !is_number(name))
        json_object_set_new(place, "name", json_stringn(name.ptr, name.len));
    if (sub_type) {
        json_object_set_new(place, "sub_type", json_string(sub_type));
        json_object_set_new(place, "index", json_integer((json_int_t)index));
    }
    json_array_append_new(variables, place);
}

/* {{1}} … in the order of their numbers, {{name}} … in the order they stand in, each once. */
static void add_places(struct arena *mem, json_t *variables, const char *where, struct text words)
{
    AUTO(json) json_t *seen = json_object();
    int64_t most = 0, n;
    const char *open, *close;

    while ((open = words.len ? str_find(words, TEXT("{{")) : NULL)) {
        words = (struct text){ open + 2, words.len - (size_t)(open + 2 - words.ptr) };
        close = str_find(words, TEXT("}}"));
        if (!close)
            break;
        struct text name = str_trim((struct text){ words.ptr, (size_t)(close - words.ptr) });
        if (str_whole_i64(name, &n, 1, PLACES_MAX) == 0) {
            most = n > most ? n : most;
        } else if (name.len && name.len < 100 && !json_object_get(seen, arena_copy(mem, name))) {
            json_object_set_new(seen, arena_copy(mem, name), json_true());
            add_place(variables, where, name, NULL, 0);
        }
    }
    for (int64_t i = 0; i < most; i++)
        add_place(variables, where, WACLOUD_NONE, NULL, 0);
}

static void add_buttons(json_t *facts, json_t *variables, const json_t *buttons)
{
    json_t *words = json_array();

    for (size_t i = 0; i < json_array_size(buttons); i++) {
        const json_t *button = json_array_get(buttons, i);
        struct text type = payload_text(button, "type"), url = payload_text(button, "url");

        if (json_is_string(json_object_get(button, "text")))
            json_array_append(words, json_object_get(button, "text"));
        if (url.len && str_find(url, TEXT("{{")))
            add_place(variables, "button", WACLOUD_NONE, "url", i);
        else if (str_equal_nocase(type, TEXT("COPY_CODE")))
            add_place(variables, "button", WACLOUD_NONE, "copy_code", i);
    }
    json_object_set_new(facts, "buttons", words);
}

static void add_component(struct arena *mem, json_t *facts, json_t *variables, const json_t *c)
{
    static const struct {
        struct text type;
        const char *fact, *where;
    } parts[] = {
        { TEXT_INIT("HEADER"), "header", "header" },
        { TEXT_INIT("BODY"), "text", "body" },
        { TEXT_INIT("FOOTER"), "footer", NULL },
    };
    static const struct {
        struct text format;
        const char *media;
    } media[] = {
        { TEXT_INIT("IMAGE"), "image" },
        { TEXT_INIT("VIDEO"), "video" },
        { TEXT_INIT("DOCUMENT"), "file" },
        { TEXT_INIT("LOCATION"), "location" },
    };
    struct text type = payload_text(c, "type"), format = payload_text(c, "format"), words = payload_text(c, "text");

    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (!str_equal_nocase(type, parts[i].type))
            continue;
        wacloud_set(facts, parts[i].fact, words);
        if (parts[i].where)
            add_places(mem, variables, parts[i].where, words);
    }
    for (size_t i = 0; i < COUNT_OF(media); i++)
        if (str_equal_nocase(type, TEXT("HEADER")) && str_equal_nocase(format, media[i].format))
            json_array_append_new(variables, json_pack("{s:s,s:s}", "where", "header", "media", media[i].media));
    if (str_equal_nocase(type, TEXT("BUTTONS")))
        add_buttons(facts, variables, json_object_get(c, "buttons"));
}

static json_t *template_facts(struct arena *mem, const json_t *t)
{
    static const char *const same[] = { "id", "name", "language", "category", "status" };
    json_t *facts = json_object(), *variables = json_array();
    const json_t *components = json_object_get(t, "components");

    for (size_t i = 0; i < COUNT_OF(same); i++)
        wacloud_set(facts, same[i], payload_id(mem, t, same[i]));
    wacloud_set(facts, "quality", payload_text(json_object_get(t, "quality_score"), "score"));
    for (size_t i = 0; i < json_array_size(components); i++)
        add_component(mem, facts, variables, json_array_get(components, i));
    json_object_set_new(facts, "variables", variables);
    return facts;
}

struct text wacloud_templates(struct arena *mem, const json_t *page)
{
    AUTO(json) json_t *all = json_array();
    const json_t *data = json_object_get(page, "data");

    for (size_t i = 0; i < json_array_size(data); i++)
        if (payload_text(json_array_get(data, i), "name").len)
            json_array_append_new(all, template_facts(mem, json_array_get(data, i)));
    return payload_dump(mem, all);
}
