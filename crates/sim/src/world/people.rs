//! People: where they are by their routine, or because somebody sent them.

use super::{Room, World};
use crate::{
    file::{PersonFile, RoutineFile},
    noise,
};
use jiff::civil::Time;
use serde::Serialize;

/// A member of the household as they are now.
#[derive(Debug, Clone, Serialize)]
pub struct Person {
    /// Their slug.
    pub slug: String,
    /// What they are called.
    pub name: String,
    /// Whether they are at home.
    pub home: bool,
    /// Whether they sleep.
    pub asleep: bool,
    /// The index of the area that they are in; `None` while they are away.
    pub place: Option<usize>,
    /// Sent away or called home by hand, until their routine next moves them.
    #[serde(skip)]
    pub(super) sent: Option<(bool, bool)>,
    /// Seconds since they got up, while they are up.
    #[serde(skip)]
    pub(super) up: f64,
    #[serde(skip)]
    bedroom: Option<usize>,
    #[serde(skip)]
    dayroom: Option<usize>,
    #[serde(skip)]
    weekday: Routine,
    #[serde(skip)]
    weekend: Routine,
    #[serde(skip)]
    variation: f64,
    #[serde(skip)]
    stream: u64,
}

/// A routine in seconds since midnight.
#[derive(Debug, Clone, Copy)]
struct Routine {
    wake: f64,
    out: Option<(f64, f64)>,
    sleep: f64,
}

/// Where somebody is by their plan.
pub(super) struct Whereabouts {
    pub(super) home: bool,
    pub(super) asleep: bool,
    pub(super) place: Option<usize>,
    pub(super) up: f64,
}

/// Rooms that every household has some of, told by words in their slugs.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Places {
    pub(super) hall: Option<usize>,
    pub(super) kitchen: Option<usize>,
    pub(super) bath: Option<usize>,
    pub(super) living: Option<usize>,
}

fn seconds(text: &str) -> f64 {
    // The file was checked: what is no time never gets here.
    text.parse::<Time>().map_or(0.0, |time| {
        f64::from(time.hour()) * 3_600.0 + f64::from(time.minute()) * 60.0
    })
}

impl Routine {
    fn of(file: &RoutineFile) -> Self {
        let wake = seconds(&file.wake);
        let sleep = seconds(&file.sleep);
        Self {
            wake,
            out: file
                .leave
                .as_deref()
                .zip(file.back.as_deref())
                .map(|(leave, back)| (seconds(leave), seconds(back))),
            // Going to bed after midnight belongs to the day before.
            sleep: if sleep <= wake {
                sleep + 86_400.0
            } else {
                sleep
            },
        }
    }
}

impl Person {
    pub(super) fn new(file: &PersonFile, index: &dyn Fn(&model::Slug) -> Option<usize>) -> Self {
        let weekday = Routine::of(&file.weekday);
        Self {
            slug: file.slug.to_string(),
            name: file.name.clone(),
            home: true,
            asleep: false,
            place: None,
            sent: None,
            up: 0.0,
            bedroom: index(&file.bedroom),
            dayroom: file.dayroom.as_ref().and_then(index),
            weekday,
            weekend: file.weekend.as_ref().map_or(
                Routine {
                    out: None,
                    ..weekday
                },
                Routine::of,
            ),
            variation: file.variation * 60.0,
            stream: noise::stream(file.slug.as_str()),
        }
    }

    /// The routine of a day, each time moved by its own chance.
    fn plan(&self, seed: u64, day: i64, weekend: bool) -> Routine {
        let base = if weekend { self.weekend } else { self.weekday };
        let vary =
            |which: u64| (noise::unit(seed, self.stream ^ which, day) * 2.0 - 1.0) * self.variation;
        Routine {
            wake: (base.wake + vary(1)).max(600.0),
            out: base
                .out
                .map(|(leave, back)| (leave + vary(2), back + vary(3))),
            sleep: base.sleep + vary(4),
        }
    }

    /// Where they are by their plan.
    pub(super) fn whereabouts(
        &self,
        seed: u64,
        (clock, day, weekend): (f64, i64, bool),
        places: Places,
    ) -> Whereabouts {
        let today = self.plan(seed, day, weekend);
        let yesterday = self.plan(seed, day - 1, weekend);
        let late = yesterday.sleep > 86_400.0 && clock < yesterday.sleep - 86_400.0;
        if !late && (clock < today.wake || clock >= today.sleep) {
            return Whereabouts {
                home: true,
                asleep: true,
                place: self.bedroom,
                up: 0.0,
            };
        }
        if let Some((leave, back)) = today.out
            && (leave..back).contains(&clock)
            && !late
        {
            return Whereabouts {
                home: false,
                asleep: false,
                place: None,
                up: 0.0,
            };
        }
        let up = (clock - today.wake).max(0.0);
        let to_bed = today.sleep - clock;
        let (before, after) = today.out.map_or((f64::MAX, f64::MAX), |(leave, back)| {
            (leave - clock, clock - back)
        });
        let block = (clock / 1_700.0) as i64 + day * 60;
        let dice = noise::unit(seed, self.stream ^ 5, block);
        let living = places.living.or(self.dayroom).or(self.bedroom);
        let minutes = up / 60.0;
        let place = if minutes < 4.0 {
            self.bedroom
        } else if minutes < 21.0 {
            places.bath
        } else if minutes < 48.0 {
            places.kitchen
        } else if (0.0..240.0).contains(&before) || (0.0..200.0).contains(&after) {
            places.hall
        } else if (0.0..480.0).contains(&to_bed) {
            self.bedroom
        } else if (480.0..1_300.0).contains(&to_bed) {
            places.bath
        } else if (17.6..18.9).contains(&(clock / 3_600.0)) && dice < 0.7 {
            places.kitchen
        } else if clock > 19.3 * 3_600.0 {
            if dice < 0.78 { living } else { self.dayroom }
        } else if dice < 0.55 {
            self.dayroom
        } else if dice < 0.8 {
            living
        } else if dice < 0.9 {
            places.kitchen
        } else if dice < 0.94 {
            places.bath
        } else {
            self.bedroom
        };
        Whereabouts {
            home: true,
            asleep: false,
            place: place.or(living),
            up,
        }
    }
}

impl Places {
    /// Finds them by words in the slugs; where there is none, the first room serves.
    pub(super) fn among(rooms: &[Room]) -> Self {
        let find = |words: &[&str]| {
            rooms
                .iter()
                .position(|room| !room.outside && words.iter().any(|word| room.slug.contains(word)))
        };
        let any = rooms.iter().position(|room| !room.outside);
        Self {
            hall: find(&["hall", "entrance", "entry"]).or(any),
            kitchen: find(&["kitchen"]).or(any),
            bath: find(&["bath", "shower"]).or(any),
            living: find(&["living", "lounge", "studio"]).or(any),
        }
    }
}

impl World {
    /// Puts everybody where their plan says, without the deeds of going there.
    pub(super) fn place_people(&mut self) {
        let (clock, places) = (self.clock(), self.places);
        for index in 0..self.people.len() {
            let there = self.people[index].whereabouts(self.seed, clock, places);
            let person = &mut self.people[index];
            (person.home, person.asleep, person.place, person.up) =
                (there.home, there.asleep, there.place, there.up);
        }
    }

    /// Sends a person away or calls them home, until their routine next moves them.
    pub fn send(&mut self, slug: &str, home: bool) -> bool {
        let Some(index) = self.people.iter().position(|person| person.slug == slug) else {
            return false;
        };
        let planned = self.people[index]
            .whereabouts(self.seed, self.clock(), self.places)
            .home;
        self.people[index].sent = Some((home, planned));
        // The deeds of coming and going happen at once, so that a paused house shows them too.
        self.move_people();
        self.sense(0.0);
        true
    }

    /// Whether anybody is up and in this room.
    pub(super) fn awake_in(&self, room: usize) -> bool {
        self.people
            .iter()
            .any(|person| person.place == Some(room) && !person.asleep)
    }
}
