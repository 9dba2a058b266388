/** One question at a time that a person must answer before something happens. */
export type Question = { title: string; text: string };

class Asking {
  question = $state.raw<Question | null>(null);
  #answer: ((yes: boolean) => void) | null = null;

  ask(question: Question): Promise<boolean> {
    this.#answer?.(false);
    this.question = question;
    return new Promise((resolve) => (this.#answer = resolve));
  }

  answer(yes: boolean): void {
    const answer = this.#answer;
    this.#answer = null;
    this.question = null;
    answer?.(yes);
  }
}

export const asking = new Asking();
export const askToConfirm = (question: Question): Promise<boolean> => asking.ask(question);
