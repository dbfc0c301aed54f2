import type { Strings } from './en';

/** Toutes les phrases de la page en français. */
export const fr: Strings = {
  name: 'Français',
  tagline: 'Des lettres que seuls leurs lecteurs ouvrent',
  promise:
    'Chaque lettre est signée et scellée dans ce navigateur. Le serveur la porte, sans pouvoir la lire.',
  skip: 'Aller aux lettres',

  signUp: {
    title: 'S’inscrire',
    username: 'Nom d’utilisateur',
    usernameHint:
      '3 à 32 signes parmi a–z, 0–9, point, trait d’union et tiret bas. Il ne pourra pas être changé.',
    email: 'Adresse e-mail',
    emailHint: 'On peut vous écrire sous l’un ou l’autre nom.',
    password: 'Mot de passe',
    passwordHint: (least) =>
      `Au moins ${least} caractères. Il ne quitte jamais cette page, et personne ne peut le réinitialiser.`,
    submit: 'Créer le compte',
    makingKeys: 'Fabrication de vos clés',
    makingKeysHint: 'Quatre grands nombres premiers sont recherchés. Cela prend quelques secondes.',
    primes: (found) =>
      found < 2
        ? `${found} nombre premier trouvé sur 4`
        : `${found} nombres premiers trouvés sur 4`,
    registering: 'Enregistrement de votre compte…',
  },
  signIn: {
    title: 'Se connecter',
    name: 'Adresse e-mail ou nom d’utilisateur',
    password: 'Mot de passe',
    submit: 'Se connecter',
    working: 'Ouverture de vos clés…',
    ended:
      'Votre session est terminée. Reconnectez-vous ; ce que vous aviez écrit est toujours là.',
    vaultHint:
      'Votre mot de passe ouvre vos clés sur cet appareil. Il n’est pas envoyé au serveur.',
  },
  showPassword: ['Afficher', ' le mot de passe'],
  hidePassword: ['Masquer', ' le mot de passe'],

  list: {
    title: 'Correspondances',
    empty: 'Aucune lettre pour l’instant. Écrivez la première.',
    newLetter: 'Nouvelle lettre',
    signOut: 'Se déconnecter',
    signedInAs: 'Connecté en tant que',
    keptEmail: (email) =>
      `Votre compte avait été créé lors d’un essai précédent, avec l’adresse e-mail ${email}. Il la garde : les adresses ne peuvent pas encore être changées.`,
    unseen: (count) => (count === 1 ? '1 nouvelle lettre' : `${count} nouvelles lettres`),
    unsent: (count) => (count === 1 ? '1 non envoyée' : `${count} non envoyées`),
    yourself: 'vous-même',
    connecting: 'Connexion…',
    live: 'Les lettres arrivent dès leur envoi',
    lost: 'Le serveur est injoignable. Nouvel essai…',
    arrived: (from) => `Nouvelle lettre de ${from}`,
  },
  leave: {
    title: 'Tout n’a pas été envoyé',
    body: 'Si vous vous déconnectez maintenant, les lettres écrites mais non envoyées seront perdues.',
    stay: 'Rester',
    go: 'Se déconnecter quand même',
  },
  newLetter: {
    title: 'Nouvelle lettre',
    to: 'À',
    hint: 'L’adresse e-mail ou le nom d’utilisateur de quelqu’un qui a un compte ici.',
    submit: 'Ouvrir la correspondance',
    working: 'Recherche de ses clés…',
  },
  conversation: {
    back: 'Correspondances',
    with: (names) => `Lettres avec ${names}`,
    choose: 'Choisissez une correspondance, ou écrivez une nouvelle lettre.',
    first: (name) => `Rien n’a encore été écrit. Votre lettre à ${name} sera la première.`,
    loading: 'Ouverture des lettres…',
    earlier: 'Lettres précédentes',
    letter: 'Lettre',
    placeholder: 'Écrivez votre lettre…',
    shortcut: 'Ctrl + Entrée envoie',
    attach: 'Joindre un fichier',
    limits: (size) => `Texte, PDF, PNG, JPEG ou GIF, jusqu’à ${size}`,
    detach: (name) => `Retirer ${name}`,
    send: 'Envoyer',
    retry: 'Réessayer',
    changed: (name) =>
      `Les clés de ${name} ont été remplacées hors de leur historique signé. C’est peut-être quelqu’un d’autre. Rien ne sera scellé pour ces clés ; demandez à ${name} par un autre moyen ce qui s’est passé.`,
    refused: (name) =>
      `Le serveur a donné un historique des clés de ${name} plus ancien ou abîmé. Celui déjà vu par ce navigateur reste en usage.`,
  },
  letter: {
    from: (name) => `De ${name}`,
    copy: 'Votre lettre',
    signedBy: (name) => `Signée par ${name}`,
    notOpened: 'Sceau brisé : cette lettre n’est pas montrée',
    claimed: (name) => `Le serveur dit que ${name} l’a envoyée.`,
    key: (number) => `clé nº ${number}`,
    current: 'clé actuelle',
    former: 'ancienne clé',
    file: 'Fichier',
    save: 'Enregistrer',
    saving: (name) => `Enregistrement de ${name}`,
    saved: 'Ouvert, vérifié et enregistré.',
    waiting: 'En attente…',
    sealing: 'Scellement…',
    uploading: 'Envoi du fichier…',
    sending: 'Envoi…',
    sent: 'Envoyée',
    failed: 'Non envoyée',
    sealingFile: (name) => `Scellement de ${name}`,
    uploadingFile: (name) => `Envoi de ${name}`,
    retry: 'Réessayer',
    takeBack: 'Reprendre',
  },

  broken: {
    bad_envelope: 'L’enveloppe est abîmée. Demandez à l’expéditeur de renvoyer la lettre.',
    not_a_recipient:
      'La lettre n’est pas scellée pour vos clés. Demandez à l’expéditeur de la renvoyer.',
    decrypt_failed:
      'La lettre a été altérée en route, ou mal scellée. Demandez à l’expéditeur de la renvoyer.',
    bad_letter:
      'Ce qui a été scellé n’est pas une lettre que cette page connaît. L’application de l’expéditeur est peut-être en cause.',
    wrong_sender:
      'Elle est signée d’une clé qui n’est pas celle de l’expéditeur. C’est peut-être un faux.',
    bad_signature: 'La signature ne tient pas. C’est peut-être un faux.',
    key_retired:
      'Elle est signée d’une clé que l’expéditeur avait abandonnée. C’est peut-être un faux.',
    wrong_recipients:
      'Elle a été écrite entre d’autres personnes que celles que dit le serveur, et peut-être transmise d’ailleurs.',
    wrong_id:
      'C’est une autre lettre que celle que dit le serveur, peut-être une ancienne, renvoyée.',
    bad_history:
      'L’historique des clés que le serveur a donné pour l’expéditeur n’est pas valable.',
    receiver_has_no_keys:
      'Le serveur n’a pas de clés de l’expéditeur : la signature ne peut pas être vérifiée.',
    destroyed: 'Vous avez été déconnecté. Reconnectez-vous pour l’ouvrir.',
    internal: 'La cryptographie de la page a échoué. Rechargez la page et reconnectez-vous.',
    unexpected: 'Elle n’a pas pu être ouverte. Rechargez la page et reconnectez-vous.',
  },

  failures: {
    unreachable: 'Le serveur est injoignable. Vérifiez votre connexion, puis réessayez.',
    bad_answer: 'La réponse du serveur n’a pas été comprise. Réessayez dans un instant.',
    internal:
      'Quelque chose a échoué. Réessayez ; si cela persiste, rechargez la page et reconnectez-vous.',
    unavailable: 'Le serveur est occupé. Réessayez dans un instant.',
    storage_full: 'Le disque du serveur est plein. Réessayez plus tard.',
    too_many_requests: 'Trop d’essais. Patientez un peu, puis réessayez.',
    request_timeout: 'La connexion était trop lente pour le serveur. Réessayez.',
    session_ended: 'Votre session est terminée. Reconnectez-vous.',
    vault_failed:
      'La cryptographie n’a pas pu être chargée. Rechargez la page ; le navigateur est peut-être trop ancien.',
    unexpected:
      'Un incident inattendu s’est produit. Réessayez ; si cela persiste, rechargez la page.',
    invalid_request: 'Le serveur n’accepte pas cette saisie. Vérifiez ce que vous avez tapé.',

    incomplete: 'Il manque quelque chose. Remplissez chaque champ.',
    username_invalid:
      'Un nom d’utilisateur a 3 à 32 signes parmi a–z, 0–9, point, trait d’union et tiret bas, et commence par une lettre ou un chiffre.',
    email_invalid: 'Ce n’est pas une adresse e-mail. Vérifiez ce que vous avez tapé.',
    password_too_short:
      'Le mot de passe est trop court. Prenez au moins 10 caractères ; plusieurs mots font bien l’affaire.',
    username_taken: 'Ce nom d’utilisateur est pris. Choisissez-en un autre.',
    email_taken:
      'Un compte existe déjà à cette adresse. Connectez-vous, ou prenez une autre adresse.',
    registration_closed:
      'Ce serveur n’accepte pas de nouveaux comptes. Adressez-vous à ceux qui s’en occupent.',

    wrong_credentials: 'Le nom ou le mot de passe est faux. Vérifiez les deux et réessayez.',
    account_has_no_keys:
      'Ce compte a été créé ailleurs et n’a pas de clés : aucune lettre ne peut lui être scellée. Inscrivez-en un autre.',
    wrong_account:
      'Le serveur a répondu avec un autre compte que le vôtre. Rien n’a été ouvert ; n’allez pas plus loin.',
    keys_damaged:
      'Votre mot de passe est juste, mais la copie de vos clés sur le serveur est abîmée. Réessayez plus tard.',
    kdf_refused:
      'Le serveur demandait un traitement dangereusement faible de votre mot de passe, ce qui a été refusé. Le mot de passe n’a pas été envoyé ; ne faites pas confiance à ce serveur.',
    kdf_mismatch:
      'Le serveur a traité votre mot de passe de deux façons différentes ; il est peut-être exposé. Ne faites pas confiance à ce serveur, et changez ce mot de passe là où vous l’utilisez aussi.',
    history_rolled_back:
      'Le serveur a donné des clés à vous plus anciennes que celles déjà vues ici. Elles ont été refusées ; réessayez plus tard.',
    identity_changed:
      'Les clés ont été remplacées hors de leur historique signé. Elles ne sont pas utilisées ; demandez à la personne par un autre moyen ce qui s’est passé.',
    bad_history:
      'L’historique des clés donné par le serveur n’est pas valable. Rien n’est scellé pour lui.',

    user_not_found:
      'Personne ici n’a cette adresse ni ce nom d’utilisateur. Vérifiez ce que vous avez tapé.',
    wrong_person:
      'Le serveur a répondu avec quelqu’un d’autre que la personne demandée. Aucune correspondance n’a été ouverte ; ne faites pas confiance à ce serveur.',
    receiver_not_found: 'Le destinataire n’a plus de compte ici.',
    receiver_has_no_keys: 'Cette personne n’a pas encore de clés : rien ne peut lui être scellé.',
    sender_has_no_keys:
      'Votre compte n’a pas de clés sur le serveur. Déconnectez-vous puis reconnectez-vous.',
    own_address: 'C’est votre propre nom. Écrivez à quelqu’un d’autre.',
    recipients_mismatch:
      'Les clés de quelqu’un viennent de changer. Réessayez ; si cela persiste, déconnectez-vous puis reconnectez-vous.',
    message_id_taken:
      'Le serveur a une autre lettre sous ce numéro. Réessayez pour l’envoyer sous un nouveau.',
    bad_envelope: 'Le serveur a refusé l’enveloppe. Réessayez.',
    body_too_large: 'La lettre est trop longue. Raccourcissez-la, ou envoyez-la en fichier.',
    letter_too_long: 'La lettre est trop longue. Raccourcissez-la, ou envoyez-la en fichier.',

    file_refused:
      'Ce genre de fichier n’est ni envoyé ni ouvert ici : seulement .txt, .pdf, .png, .jpg, .jpeg et .gif dont le contenu est ce que dit le nom.',
    file_name_too_long:
      'Le nom du fichier est trop long. Renommez le fichier, puis joignez-le de nouveau.',
    file_name_misleading:
      'Le nom du fichier contient une barre oblique ou des signes cachés qui pourraient tromper. Renommez le fichier, puis joignez-le de nouveau.',
    file_too_large: 'Le fichier est trop gros pour cette page ou pour ce serveur.',
    quota_exceeded: 'Vos fichiers prennent toute la place que le serveur vous donne.',
    file_not_found: 'Le fichier n’est plus sur le serveur. Demandez à l’expéditeur de le renvoyer.',
    file_corrupted:
      'Le fichier a été altéré ou tronqué en route, et n’a pas été enregistré. Réessayez, ou demandez-le à l’expéditeur.',
    size_mismatch: 'Le fichier a changé pendant sa lecture. Joignez-le de nouveau.',
    file_unreadable:
      'Le fichier ne peut pas être lu. Il a peut-être été déplacé ou modifié ; joignez-le de nouveau.',
  },
  unknown: (code) =>
    `Quelque chose s’est mal passé (${code}). Réessayez ; si cela persiste, rechargez la page.`,
  waitSeconds: (seconds) => `Attendez ${seconds} s.`,
};
