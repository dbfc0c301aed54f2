/** Whose keys they are, and how to be sure of it. */
export const trust = {
  /** Leads to the safety numbers of a conversation. */
  compare: 'Compare safety numbers',
  verified: 'Verified',
  signedByVerified: (name: string) => `Signed by ${name}, verified`,
  noted: 'Noted',

  title: 'Safety numbers',
  back: (names: string) => `Back to the letters with ${names}`,
  intro:
    'A safety number belongs to two people and their keys. If both of you see the same one, nobody has come between you, not even the server.',
  how: 'Compare it side by side, or read it to each other on the telephone, where you know the voice. Don’t compare it by letters here: who came between you could change those too.',
  code: 'QR code of these 60 digits',
  working: 'Computing the safety number …',
  paste: (name: string) => `The number that ${name} sees`,
  pasteHint: 'If it reached you in another way, paste it here. Spaces and lines don’t matter.',
  incomplete: (digits: number) => `A safety number has 60 digits; these are ${digits}.`,
  same: 'The two numbers are the same.',
  different: 'The two numbers differ.',
  mark: 'They agree: mark as verified',
  unmark: 'Take the mark back',
  isVerified: (name: string) =>
    `You have marked ${name} as verified. The mark stays when ${name} renews the keys, and goes when they are replaced in any other way. It is kept in this browser only.`,
  isNotVerified: (name: string) => `You have not marked ${name} as verified.`,
  differ: 'What if they differ?',
  differMeans: (name: string) =>
    `First reload the page on both sides: one of you may not have seen the other’s newest keys yet. If the numbers still differ, somebody may be reading along. Write nothing confidential here, take back the mark if there is one, tell ${name} in another way, and ask the people who run the server.`,

  replacedTitle: (name: string) => `The keys of ${name} were replaced`,
  replacedMeans: (name: string) =>
    `The server now gives keys for ${name} that the former ones have not signed. Either ${name} has lost the keys and begun anew, or somebody wants to read your letters. No program can tell these apart; only ${name} can, when you meet or speak.`,
  replacedUntil:
    'Until you decide, nothing is sealed to either, and letters signed with the new keys are not opened.',
  formerNumber: 'With the keys that you know',
  offeredNumber: 'With the keys that the server gives now',
  accept: 'Accept the new keys …',
  acceptTitle: (name: string) => `Accept other keys for ${name}?`,
  acceptMeans: (name: string) =>
    `From then on your letters to ${name} are sealed to the new keys. Letters signed with the former ones, also those that you can read now, are shown with a broken seal, and a verified mark is lost. This can’t be undone.`,
  acceptAsked: (name: string) =>
    `I have spoken to ${name}, who has made new keys, and the new safety number agrees.`,
  acceptNot: 'Keep the keys that I know',
  acceptDo: 'Accept the new keys',
  accepted: (name: string) => `The new keys of ${name} are in use.`,

  changed: (name: string) =>
    `The keys of ${name} were replaced outside their signed history. This may be someone else. Nothing is sealed to ${name} until you have asked in another way what happened.`,
  decide: 'What this means, and what can be done',
  refused: (name: string) =>
    `The server gave an older or damaged key history of ${name}. The one that this browser has seen stays in use.`,
  renewed: (name: string, at: string) =>
    `${name} has new keys, signed with the former ones, since ${at}. Nothing is to be done.`,
  deleted: (name: string) =>
    `${name} has deleted the account. What was written can still be read; nothing new can be sent.`,
  ownRenewed: (at: string) =>
    `Your own keys were renewed elsewhere, signed with the former ones, on ${at}. If that was not you, change your password and renew them again.`,
  ownRefused:
    'The server gave an older or damaged history of your own keys. Those that this browser has stay in use.',
  ownChanged:
    'The server says that your own keys were replaced outside their signed history. It may show others keys that are not yours: ask them to compare safety numbers. Those that this browser has stay in use.',
  outdated: (username: string) =>
    `New keys were made for ${username} on another device. Your password unlocks them here too. If that was not you, change your password afterwards and renew the keys again.`,

  /** The account has been made again. */
  anew: 'I have made this account anew …',
  anewTitle: (name: string) => `Other keys for ${name}?`,
  anewMeans:
    'If you have made this account anew, on another device or after the server had lost it, its keys are new as well. Letters sealed to the former keys can’t be opened any more, and those you write to are told that your keys were replaced.',
  anewOtherwise:
    'If you have not, somebody else knows your password. Do not go on; ask the people who run the server.',
  anewSure: 'I made this account anew myself.',
  anewNot: 'Do not go on',
  anewDo: 'Go on with the new keys',
};

/** Making new keys for oneself. */
export const rotation = {
  title: 'New keys',
  what: 'Your keys seal and sign your letters. Renewing them puts new ones in their place, signed with the former ones, so that everybody you write to takes them up by themselves.',
  when: 'Do it when somebody may have got hold of your keys or of an unlocked device. Change your password first then: it opens the new keys too.',
  points: [
    'Letters that you have can still be read: your former keys are kept for them.',
    'Those you write to are told, once, that your keys are new. Their verified marks stay.',
    'Your other devices ask for the password once more.',
  ],
  recovery: 'Your recovery code stays the same.',
  open: 'Renew the keys …',
  password: 'Your password',
  submit: 'Make new keys',
  publishing: 'Handing the new keys to the server …',
  done: 'Your keys are new. Letters to you are sealed to them from now on.',
};
