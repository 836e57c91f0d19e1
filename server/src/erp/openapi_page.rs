//! The description of the API as a page without scripts.

use maud::{DOCTYPE, Markup, html};
use serde_json::Value;

const HTTP_METHODS: [&str; 5] = ["get", "put", "post", "delete", "patch"];

/// The whole page.
pub fn render(api: &Value) -> Markup {
    let title = text(&api["info"]["title"]);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                link rel="stylesheet" href="/api/erp/v1/docs.css";
            }
            body {
                main {
                    h1 { (title) }
                    (paragraph(&api["info"]["description"]))
                    p { a href="/api/erp/v1/openapi.json" { "openapi.json" } }
                    @for tag in list(&api["tags"]) { (section(api, tag)) }
                    section {
                        h2 { "Shapes" }
                        @for (name, schema) in entries(&api["components"]["schemas"]) {
                            details id=(name) {
                                summary { code { (name) } }
                                (paragraph(&schema["description"]))
                                (fields(schema))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The calls under one tag.
fn section(api: &Value, tag: &Value) -> Markup {
    let name = text(&tag["name"]);
    html! {
        section {
            h2 { (name) }
            (paragraph(&tag["description"]))
            @for (path, methods) in entries(&api["paths"]) {
                @for (method, call) in entries(methods) {
                    @if HTTP_METHODS.contains(&method.as_str()) && first_tag(call) == name {
                        (operation(path, method, call))
                    }
                }
            }
        }
    }
}

fn operation(path: &str, method: &str, call: &Value) -> Markup {
    html! {
        article {
            h3 { span class="method" { (method.to_uppercase()) } " " code { (path) } }
            p { b { (render_inline_code(&call["summary"])) } }
            (paragraph(&call["description"]))
            (query(&call["parameters"]))
            (body(&call["requestBody"]["content"]["application/json"]))
            table {
                thead { tr { th { "Answer" } th {} } }
                tbody {
                    @for (status, answer) in entries(&call["responses"]) {
                        tr {
                            td { (status) }
                            td { (render_inline_code(&answer["description"])) (content(&answer["content"])) }
                        }
                    }
                }
            }
        }
    }
}

fn query(parameters: &Value) -> Markup {
    let parameters: Vec<&Value> = list(parameters).iter().filter(|it| it["in"] == "query").collect();
    html! {
        @if !parameters.is_empty() {
            table {
                thead { tr { th { "Query" } th {} } }
                tbody {
                    @for parameter in parameters {
                        tr {
                            td { code { (text(&parameter["name"])) } }
                            td { (render_inline_code(&parameter["description"])) }
                        }
                    }
                }
            }
        }
    }
}

fn body(body: &Value) -> Markup {
    html! {
        @if body.is_object() { p { "Body: " (shape(&body["schema"])) } }
        @for (name, example) in entries(&body["examples"]) {
            figure {
                figcaption { (example["summary"].as_str().unwrap_or(name)) }
                (json(&example["value"]))
            }
        }
        @if !body["example"].is_null() { (json(&body["example"])) }
    }
}

/// The shapes of an answer, or its media types.
fn content(content: &Value) -> Markup {
    html! {
        @for (kind, content) in entries(content) {
            " "
            @if content["schema"].is_object() { (shape(&content["schema"])) } @else { code { (kind) } }
        }
    }
}

/// The fields of an object, or the values of an enumeration.
fn fields(schema: &Value) -> Markup {
    if schema["enum"].is_array() {
        return html! { p { @for value in list(&schema["enum"]) { code { (text(value)) } " " } } };
    }
    if !schema["properties"].is_object() {
        return html! { p { (shape(schema)) } };
    }
    let required = list(&schema["required"]);
    html! {
        table {
            tbody {
                @for (name, property) in entries(&schema["properties"]) {
                    tr {
                        td { code { (name) } @if !required.iter().any(|it| it == name) { " ?" } }
                        td { (shape(property)) }
                        td { (render_inline_code(&property["description"])) }
                    }
                }
            }
        }
    }
}

/// A schema in a few words, with a link where it has a name.
fn shape(schema: &Value) -> Markup {
    if let Some(name) = schema["$ref"].as_str().and_then(|link| link.rsplit('/').next()) {
        return html! { a href={ "#" (name) } { code { (name) } } };
    }
    if let Some(several) = ["oneOf", "anyOf", "allOf"].into_iter().find(|key| schema[*key].is_array()) {
        return html! {
            @for (index, one) in list(&schema[several]).iter().enumerate() {
                @if index > 0 { " | " }
                (shape(one))
            }
        };
    }
    if schema["items"].is_object() {
        return html! { "list of " (shape(&schema["items"])) };
    }
    match &schema["type"] {
        Value::Array(kinds) => html! { (kinds.iter().map(text).collect::<Vec<_>>().join(" | ")) },
        kind => html! { (text(kind)) },
    }
}

fn json(value: &Value) -> Markup {
    html! { pre { code { (serde_json::to_string_pretty(value).unwrap_or_default()) } } }
}

fn paragraph(value: &Value) -> Markup {
    html! { @if !text(value).trim().is_empty() { p { (render_inline_code(value)) } } }
}

/// Text with code between backticks.
fn render_inline_code(value: &Value) -> Markup {
    html! {
        @for (index, part) in text(value).split('`').enumerate() {
            @if index % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

fn first_tag(call: &Value) -> &str {
    list(&call["tags"]).first().map(text).unwrap_or_default()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}
