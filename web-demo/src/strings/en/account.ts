/** The page of one's own account. */
export const account = {
  title: 'Your account',
  username: 'Username',
  email: 'E-mail',
  since: 'Since',
  id: 'Identifier',
};
