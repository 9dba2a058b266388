//! The wire: JSON for the outside, made from the house's own types.
//!
//! Times are RFC 3339 text in UTC, ids are UUIDs; wherever a reference is taken, a slug works.
//! Unknown is null, never a made-up value. Requests refuse fields that they do not know, so that a
//! typing error is told and not ignored.

mod account;
mod alert;
mod automation;
mod capacity;
mod cause;
mod chat;
mod configuration;
mod constraint;
mod device;
mod discovery;
mod event;
mod features;
mod history;
mod house;
mod insight;
mod interview;
mod live;
mod memory;
mod mind;
mod narrow;
mod oauth;
mod personality;
mod place;
mod registry;
mod rehearsal;
mod scalar;
mod scan;
mod scene;
mod shape;
mod site;
mod sync;
mod together;
mod vault;
mod wish;

pub use account::{
    ApiToken, ApiTokenList, ApiTokenMade, AuthState, HeldBy, LoggedIn, Login, LoginClient,
    LoginSession, LoginSessionList, Me, NewApiToken, NewOwner, NewPassword, NewUser, Proof,
    Refresh, SecondFactor, SecondFactorCode, SecurityEvent, SecurityEventList, SecurityFinding,
    SecurityStatus, SessionsEnded, SetPassword, User, UserEdit, UserExport, UserList,
};
pub use alert::{
    Alert, AlertList, AlertRule, AlertRuleList, AlertValue, AlertmanagerMessage, NewAlertRule,
    TakenIn,
};
pub(crate) use automation::arguments;
pub use automation::{
    Bundle, CheckedScenario, Enable, Imported, LookedAt, Mode, Parameter, Question, QuestionList,
    Run, RunAnswer, RunBegun, RunHead, RunList, RunMessage, RunReply, RunScenario, Scenario,
    ScenarioDocument, ScenarioFault, ScenarioList, ScenarioVersion, SentRequest, Stopped,
    TraceEntry, VersionList,
};
pub use capacity::{
    Capacity, CapacityFigure, CapacityIndicator, NamedPace, Pace, Performance, Resources, RoutePace,
};
pub use cause::{Cause, Who};
pub use chat::{
    Chat, ChatAction, ChatAnswer, ChatEvidence, ChatIntent, ChatPending, ChatPiece, ChatUndo,
    Conversation, ConversationList, ConversationTurns, Outgoing, Turn,
};
pub use configuration::{
    Configuration, ConfigurationChange, ConfigurationChanges, ConfigurationPart,
};
pub(crate) use constraint::find as find_constraint;
pub use constraint::{
    Constraint, ConstraintEdit, ConstraintForm, ConstraintList, ConstraintParameter,
    ConstraintRefusal, ConstraintScope, FormEdit, ScopeEdit,
};
pub use device::{AreaRef, Argument, Capability, CommandForm, Desired, Device, Property, Reported};
pub(crate) use discovery::NETWORK;
pub use discovery::{Adoptable, Discovery, Fact, Guess, Opinion, Sighting, Wanted};
pub use event::{DeviceRef, Event, EventList, Inference, Why};
pub use features::{Feature, Features, Maintain, Maintenance, Switch};
pub use history::{Gap, Point, Series};
pub use house::{
    BackupBegun, Component, ErrorBody, ErrorDetail, Health, HealthDetails, House, Version,
};
pub use insight::{Figure, Insight};
pub use interview::{
    Interview, InterviewCandidate, InterviewMention, InterviewMessage, InterviewQuestion,
    InterviewRoom, InterviewStarted, Opening, OpeningList, OpeningRow, Recommendation,
    Recommendations, StartInterview,
};
pub use live::{Change, ClientMessage, Everything, Message};
pub use memory::{
    Memory, MemoryCount, MemoryEdit, MemoryList, MemoryOptimized, MemoryStats, NewMemory, Promotion,
};
pub use mind::{
    Awareness, Concern, ConcernList, ConcernNote, Consciousness, DayAccuracy, Emotion, EmotionList,
    Evidence, ForecastAccuracy, Mended, ModelAccuracy, Mood, NoteConcern, Prediction,
    PredictionList, Reason, Safla, SaflaStage, Snooze, SuggestedRequest, Suggestion, Year,
};
pub use oauth::{
    AskedScope, Authorization, AuthorizationAnswer, AuthorizationBack, AuthorizationFault,
    AuthorizationRequest, OauthClient, OauthFault, OauthRegistration, OauthResource,
    OauthRevocation, OauthServer, OauthTokenRequest, OauthTokens,
};
pub use personality::{Personality, PersonalityEdit};
pub use place::{Area, AreaEdit, Floor, FloorEdit, Person, PersonEdit};
pub use registry::{Adopt, DeviceEdit, DeviceList, Manual, Preferences, PreferencesEdit};
pub use rehearsal::{Rehearsal, Rehearse, RehearseDocument};
pub use scalar::{At, Patch, Scalar};
pub(crate) use scan::percent;
pub use scan::{
    DiscoveryLog, DiscoveryLogList, DiscoveryStatus, DriverHealth, LastScan, ProtocolError,
    ProtocolScan, ProtocolStatus, Scan, ScanList, ScanResult, Search, SuccessRate,
};
pub use scene::{
    CaptureScene, NewWebhook, Scene, SceneApplied, SceneDocument, SceneList, SceneSetting, Webhook,
    WebhookCalled, WebhookList, WebhookMade,
};
pub(crate) use shape::halves;
pub use site::{AddressQuery, FoundPlace, FoundPlaces, HousePlace, NewPlace};
pub use sync::{DeviceTwinState, OutOfStep, Sync};
pub(crate) use together::MOST as MOST_EDITS;
pub use together::{
    ConfigurationEdit, ConfigurationEdits, ConfigurationJudged, ConfigurationSection,
    ScenarioJudged,
};
pub use vault::{NewSecret, Vault, VaultEntry, VaultRemoved, VaultSetting};
pub use wish::{Batch, BatchAnswer, BatchCommand, BatchResult, Command, Wish, WishAnswer};
