//! This room's settings.

use model::{Setting, SettingKind};

/// The table of this room's settings.
pub static SETTINGS: &[Setting] = &[
    Setting {
        name: "GEOCODER_URL",
        kind: SettingKind::Text,
        default: crate::site::DEFAULT,
        example: "off",
        doc: "Who is asked where an address is: whoever speaks Nominatim's search, or `off`. It is asked only \
              for an address that a person types in and agrees to send there, each time anew. One in the \
              house may be named, too.",
    },
    Setting {
        name: "LOG_SENSITIVE_DATA",
        kind: SettingKind::Bool,
        default: "false",
        example: "false",
        doc: "Whether log lines may hold what is said in conversations. Without it they hold only what \
              was understood and how long it took.",
    },
    Setting {
        name: "OPENAI_API_KEY",
        kind: SettingKind::Secret,
        default: "",
        example: "sk-…",
        doc: "With it a model of OpenAI is asked about what the house does not understand by itself.",
    },
    Setting {
        name: "ANTHROPIC_API_KEY",
        kind: SettingKind::Secret,
        default: "",
        example: "sk-ant-…",
        doc: "The same with a model of Anthropic.",
    },
    Setting {
        name: "LLM_PROVIDER",
        kind: SettingKind::OneOf(&["auto", "openai", "anthropic", "compatible", "none"]),
        default: "auto",
        example: "compatible",
        doc: "Whose model is asked. `auto` follows from what else is set: LLM_BASE_URL means `compatible`, \
              a key its owner; with nothing set no model is asked and nothing leaves the house. `none` \
              asks nobody, whatever is set.",
    },
    Setting {
        name: "LLM_BASE_URL",
        kind: SettingKind::Url(&["http", "https"]),
        default: "",
        example: "http://127.0.0.1:11434/v1",
        doc: "Where a server is that speaks as OpenAI does (Ollama, llama.cpp, vLLM). It may be inside.",
    },
    Setting {
        name: "LLM_MODEL",
        kind: SettingKind::Text,
        default: "",
        example: "qwen3:8b",
        doc: "Which model is asked. Empty means a small one of OpenAI or a middle one of Anthropic; \
              another server needs the name.",
    },
    Setting {
        name: "LLM_TIMEOUT",
        kind: SettingKind::Integer(1, 80),
        default: "20",
        example: "60",
        doc: "How many seconds a model may take for a whole answer, with all that it looks up. A model on \
              a small machine needs more.",
    },
    Setting {
        name: "LLM_FIRST_BYTE_MS",
        kind: SettingKind::Integer(100, 80_000),
        default: "1500",
        example: "5000",
        doc: "How many milliseconds a model may take to begin its answer, before the house answers by \
              itself. One that is only slow is noticed, and given twice the time that it needed from then on.",
    },
    Setting {
        name: "LLM_TOKENS_PER_DAY",
        kind: SettingKind::Integer(0, 1_000_000_000),
        default: "200000",
        example: "50000",
        doc: "How many tokens a day a model may cost, in and out together. When they are used up the house \
              answers by itself until midnight.",
    },
    Setting {
        name: "PROACTIVE_MORNING",
        kind: SettingKind::Text,
        default: "up",
        example: "07:00",
        doc: "When the house says good morning, with the day's matters: `up` when the first person is up, a \
              time of the day, or `off`. How much it says by itself is part of its personality.",
    },
];
