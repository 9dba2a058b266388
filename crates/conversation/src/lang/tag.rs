//! What a word of the lexicon means, whatever the language.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "the names are the meanings")]
        pub enum $name { $($variant),* }

        impl $name {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The key in a language's file.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// Reads such a key.
            #[must_use]
            pub fn parse(key: &str) -> Option<Self> {
                match key { $($word => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

words! {
    /// Small words that hold a sentence together.
    Small {
        Filler = "filler", Article = "article", Not = "not", Block = "block", And = "and",
        Or = "or", Except = "except", Be = "be", Do = "do", Have = "have", Put = "put", In = "in", To = "to",
        By = "by", Of = "of", For = "for", From = "from", With = "with", One = "one",
        It = "it", Other = "other", Too = "too", Again = "again", Yes = "yes", No = "no", Cancel = "cancel",
        All = "all", Any = "any", Nothing = "nothing", Both = "both", Here = "here", I = "i", There = "there",
        Little = "little", Much = "much", HowMany = "how_many", HowMuch = "how_much", How = "how", What = "what",
        Which = "which", Who = "who", Where = "where", When = "when", Why = "why", Show = "show", Most = "most",
        Least = "least", Correct = "correct", Back = "back", If = "if", About = "about", Set = "set", Use = "use",
        Inside = "inside", Outside = "outside", Upstairs = "upstairs", Downstairs = "downstairs", First = "first",
        Second = "second", Third = "third", Last = "last", Half = "half", Quarter = "quarter", ThreeQuarters = "three_quarters", Full = "full",
        Lowest = "lowest", Percent = "percent", Degree = "degree", Celsius = "celsius", Fahrenheit = "fahrenheit",
        Kelvin = "kelvin", Ampere = "ampere", House = "house", Everyone = "everyone", HowLong = "how_long", Know = "known",
        Person = "person", Mode = "mode", Should = "should", Count = "count", Twice = "twice", Left = "left",
        Past = "past", Will = "will", Ever = "ever", At = "at", Happen = "happen", Exists = "exists", Whether = "whether", Even = "even",
        Complaint = "complaint", Keep = "keep", Tell = "tell",
    }
}

words! {
    /// What somebody wants done, said by one word.
    Act {
        On = "on", Off = "off", Toggle = "toggle", Open = "open", Close = "close", Stop = "stop", Lock = "lock",
        Unlock = "unlock", Play = "play", Pause = "pause", Resume = "resume", Next = "next", Previous = "previous",
        Mute = "mute", Unmute = "unmute", Arm = "arm", ArmHome = "arm_home", ArmAway = "arm_away",
        ArmNight = "arm_night", Disarm = "disarm", Start = "start", End = "end", Charge = "charge",
        Raise = "raise", Lower = "lower", Dim = "dim", Swing = "swing", SwingOff = "swing_off",
        Heat = "heat", Cool = "cool", Press = "press", Water = "water", Return = "return",
    }
}

words! {
    /// How something is.
    State {
        On = "on", Off = "off", Open = "open", Closed = "closed", Locked = "locked", Unlocked = "unlocked",
        Playing = "playing", Paused = "paused", Muted = "muted", Armed = "armed", Disarmed = "disarmed",
        Triggered = "triggered", Charging = "charging", Plugged = "plugged", Unplugged = "unplugged",
        Running = "running", Heating = "heating", Cooling = "cooling", Idle = "idle", Occupied = "occupied",
        Empty = "empty", Wet = "wet", Smoke = "smoke", Low = "low", Offline = "offline", Online = "online",
        Home = "home", Away = "away", Raining = "raining", Stopped = "stopped", Jammed = "jammed",
        Opening = "opening", Closing = "closing", CarbonMonoxide = "carbon_monoxide", Gas = "gas", Tampered = "tampered",
        Pressed = "pressed",
    }
}

words! {
    /// A quantity or setting.
    Attr {
        Level = "brightness", Colour = "colour", White = "colour_temperature", Temperature = "temperature",
        Setpoint = "setpoint", Humidity = "humidity", Volume = "volume", Speed = "speed", Position = "position",
        Tilt = "tilt", Power = "power", Energy = "energy", Voltage = "voltage", Current = "current",
        Battery = "battery", Co2 = "co2", Pm25 = "pm25", Voc = "voc", Air = "air_quality", Pressure = "pressure",
        Illuminance = "illuminance", Wind = "wind", Gust = "gust", Rain = "rain", Uv = "uv", Clouds = "clouds",
        Weather = "weather", Source = "source", Title = "title", MaxCurrent = "max_current", Status = "status",
        Motion = "motion", Presence = "presence", Mode = "mode", Direction = "direction", Pm10 = "pm10",
        Session = "session", Temperatures = "range",
    }
}

words! {
    /// What things are called by their kind.
    Noun {
        Light = "light", Switch = "switch", Outlet = "outlet", Fan = "fan", Cover = "cover", Curtain = "curtain",
        Shutter = "shutter", Awning = "awning", Garage = "garage_door", Gate = "gate", Door = "door",
        Window = "window", Lock = "lock", Thermostat = "thermostat", Heating = "heating", Cooling = "cooling",
        Media = "media", Tv = "tv", Valve = "valve", Alarm = "alarm", Charger = "charger", Vacuum = "vacuum",
        Sensor = "sensor", MotionSensor = "motion_sensor", SmokeSensor = "smoke_sensor", LeakSensor = "leak_sensor",
        Battery = "battery", Meter = "meter", Solar = "solar", Appliance = "appliance", Device = "device",
        Button = "button", Room = "room", Floor = "floor", Everything = "everything", Blind = "blind", Person = "person",
        Lamp = "lamp",
    }
}

words! {
    /// In which direction.
    Way { Up = "up", Down = "down" }
}

words! {
    /// A word for a setting of a device.
    Word {
        Low = "low", Medium = "medium", High = "high", Auto = "auto", Heat = "heat", Cool = "cool", Dry = "dry",
        FanOnly = "fan_only", Eco = "eco", Off = "off", Forward = "forward", Reverse = "reverse",
    }
}

words! {
    /// A word for the house's mode, or for a scenario that comes with the house.
    HouseMode { Home = "home", Away = "away", Night = "night", Vacation = "vacation", Party = "party", Guests = "guests" }
}

words! {
    /// Words of times.
    Hour {
        In = "in", At = "at", For = "for", Until = "until", Every = "every", On = "on", The = "the", A = "a",
        Couple = "couple", Few = "few", Half = "half", Quarter = "quarter", Past = "past", To = "to", And = "and",
        From = "from", Now = "now", Before = "before", After = "after", Since = "since", Last = "last",
        This = "this", Ago = "ago", Later = "later", Today = "today", Tomorrow = "tomorrow",
        Yesterday = "yesterday", Tonight = "tonight", Noon = "noon", Midnight = "midnight",
        Sunrise = "sunrise", Sunset = "sunset", Am = "am", Pm = "pm", OClock = "oclock", O = "o", Daily = "daily",
        Weekday = "weekday", Weekend = "weekend", Morning = "morning", Afternoon = "afternoon",
        Evening = "evening", Night = "night", Day = "day", Second = "second", Minute = "minute",
        Hour = "hour", Week = "week", Month = "month", Monday = "monday", Tuesday = "tuesday",
        Wednesday = "wednesday", Thursday = "thursday", Friday = "friday", Saturday = "saturday",
        Sunday = "sunday", Article = "article", Next = "next", About = "about", Clock = "clock",
        AgoFirst = "ago_before", LastingLast = "lasting_after", AfterTomorrow = "day_after_tomorrow",
        BeforeYesterday = "day_before_yesterday", AroundWeek = "around_week", Through = "through", Opens = "opens", Between = "between",
    }
}

/// What a phrase of the lexicon means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tag {
    /// A small word.
    Small(Small),
    /// A command.
    Act(Act),
    /// A state.
    State(State),
    /// A quantity.
    Attr(Attr),
    /// A comparative: brighter, warmer, louder.
    More(Attr, Way),
    /// A superlative: coldest, brightest.
    Most(Attr, Way),
    /// Up or down, of whatever.
    Way(Way),
    /// A kind of thing; whether the form is a plural.
    Noun(Noun, bool),
    /// A colour: hue in degrees, saturation in per cent.
    Colour(u16, u8),
    /// A white, in kelvin.
    White(u16),
    /// A word for a setting.
    Word(Word),
    /// A mode of the house.
    Mode(HouseMode),
}
