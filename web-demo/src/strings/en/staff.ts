/** The page of the users, for staff. */
export const staff = {
  title: 'Users',
  loading: 'Fetching the list …',
  retry: 'Try again',
  person: 'Person',
  since: 'Since',
  rights: 'Rights',
  isStaff: 'Staff',
  isMember: 'Not staff',
  isActive: 'May sign in',
  isInactive: 'May not sign in',
  you: 'you',
  pages: 'Pages',
  previous: 'Previous page',
  next: 'Next page',
  page: (page: number, pages: number) => `Page ${page} of ${pages}`,
  total: (count: number) => (count === 1 ? 'One user' : `${count} users`),
  own: 'This is your own account: it takes effect here at once.',
  cancel: 'Cancel',

  /** What can be done with somebody's account: the button, the question, what it means, what came of it. */
  grant: {
    action: 'Make staff',
    question: (name: string) => `Make ${name} staff?`,
    meaning:
      'Staff see everybody’s name and address, and say who may sign in and who is staff. They can’t read letters.',
    done: (name: string) => `${name} is staff now.`,
  },
  withdraw: {
    action: 'Withdraw staff',
    question: (name: string) => `Withdraw staff from ${name}?`,
    meaning: 'They go on writing letters, but no longer see this page or change others’ accounts.',
    done: (name: string) => `${name} is not staff any more.`,
  },
  deactivate: {
    action: 'Deactivate',
    question: (name: string) => `Deactivate the account of ${name}?`,
    meaning:
      'They are signed out everywhere at once, can’t sign in, and nobody can write to them. Nothing is deleted.',
    done: (name: string) => `${name} can’t sign in any more.`,
  },
  reactivate: {
    action: 'Reactivate',
    question: (name: string) => `Reactivate the account of ${name}?`,
    meaning: 'They can sign in with their password and be written to, as before.',
    done: (name: string) => `${name} can sign in again.`,
  },
};
