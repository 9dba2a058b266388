//! The steps of a scenario as a list of small operations with jumps, so that where a run stands is a
//! few numbers that can be kept and taken up again.

use crate::document::{Act, Answers, Condition, Span, Step};

/// One operation, with the place in the document that it comes from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    pub(crate) op: Op,
    /// Such as `then[2].else[0]`.
    pub(crate) place: String,
}

/// What a run can be doing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Op {
    /// Wait so long.
    Delay(Span),
    /// Do this (everything that is not flow).
    Act(Box<Act>),
    /// Wait until something holds, at most so long.
    Until {
        condition: Condition,
        timeout: Span,
        required: bool,
    },
    /// Ask somebody, and go on where the answer says; without one, elsewhere.
    Ask {
        person: Option<String>,
        question: String,
        timeout: Span,
        answers: Vec<(String, usize)>,
        otherwise: usize,
    },
    /// Go on elsewhere unless something holds.
    Unless(Condition, usize),
    /// Go on elsewhere.
    Jump(usize),
    /// Begin to count.
    Count(u32),
    /// Count one down; go on elsewhere after the last.
    Again(usize),
    /// Go on at several places at once, and here when all of them are done.
    Fork(Vec<usize>),
    /// The end of a branch.
    Done,
    /// The end of the run.
    Stop,
}

/// The operations of a list of steps.
pub(crate) fn compile(steps: &[Step]) -> Vec<Line> {
    let mut lines = Vec::new();
    block(steps, "then", &mut lines);
    push(&mut lines, Op::Stop, "");
    lines
}

fn push(lines: &mut Vec<Line>, op: Op, place: &str) -> usize {
    lines.push(Line {
        op,
        place: place.to_owned(),
    });
    lines.len() - 1
}

fn block(steps: &[Step], path: &str, lines: &mut Vec<Line>) {
    for (number, step) in steps.iter().enumerate() {
        one(step, &format!("{path}[{number}]"), lines);
    }
}

fn one(step: &Step, place: &str, lines: &mut Vec<Line>) {
    if step.delay.0 > 0 {
        push(lines, Op::Delay(step.delay), place);
    }
    match &step.act {
        Act::Wait(span) => drop(push(lines, Op::Delay(*span), place)),
        Act::Stop => drop(push(lines, Op::Stop, place)),
        Act::WaitUntil {
            condition,
            timeout,
            required,
        } => {
            let until = Op::Until {
                condition: condition.clone(),
                timeout: *timeout,
                required: *required,
            };
            push(lines, until, place);
        }
        Act::If {
            condition,
            then,
            otherwise,
        } => {
            let branch = push(lines, Op::Unless(condition.clone(), 0), place);
            block(then, &format!("{place}.then"), lines);
            let leave = push(lines, Op::Jump(0), place);
            lines[branch].op = Op::Unless(condition.clone(), lines.len());
            block(otherwise, &format!("{place}.else"), lines);
            lines[leave].op = Op::Jump(lines.len());
        }
        Act::Repeat {
            times,
            condition,
            steps,
        } => {
            push(lines, Op::Count(*times), place);
            let again = push(lines, Op::Again(0), place);
            let check = push(lines, Op::Unless(condition.clone(), 0), place);
            block(steps, &format!("{place}.steps"), lines);
            push(lines, Op::Jump(again), place);
            lines[again].op = Op::Again(lines.len());
            lines[check].op = Op::Unless(condition.clone(), lines.len());
        }
        Act::Parallel(branches) => {
            let fork = push(lines, Op::Fork(Vec::new()), place);
            let leave = push(lines, Op::Jump(0), place);
            let mut starts = Vec::new();
            for (number, steps) in branches.iter().enumerate() {
                starts.push(lines.len());
                block(steps, &format!("{place}.parallel[{number}]"), lines);
                push(lines, Op::Done, place);
            }
            lines[fork].op = Op::Fork(starts);
            lines[leave].op = Op::Jump(lines.len());
        }
        Act::Ask {
            person,
            question,
            timeout,
            answers,
        } => {
            let asks = push(lines, Op::Done, place);
            let mut starts = Vec::new();
            let mut leaves = Vec::new();
            let words = answers.words().into_iter().map(str::to_owned);
            for (number, (name, steps)) in words.zip(answers.branches()).enumerate() {
                starts.push((name.clone(), lines.len()));
                let path = match answers {
                    Answers::YesOrNo { .. } => format!("{place}.{name}"),
                    Answers::Choices { .. } => format!("{place}.choices[{number}].then"),
                };
                block(steps, &path, lines);
                leaves.push(push(lines, Op::Jump(0), place));
            }
            let otherwise = match answers {
                // No answer is a no.
                Answers::YesOrNo { .. } => starts.last().map_or(0, |(_, start)| *start),
                Answers::Choices { otherwise, .. } => {
                    let start = lines.len();
                    block(otherwise, &format!("{place}.else"), lines);
                    start
                }
            };
            lines[asks].op = Op::Ask {
                person: person.clone(),
                question: question.clone(),
                timeout: *timeout,
                answers: starts,
                otherwise,
            };
            for leave in leaves {
                lines[leave].op = Op::Jump(lines.len());
            }
        }
        act => drop(push(lines, Op::Act(Box::new(act.clone())), place)),
    }
}
