import type { Strings } from './en';
import { account } from './fr/account';
import { de } from './fr/de';
import { staff } from './fr/staff';
import { rotation, trust } from './fr/trust';

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
    forgotten: 'Mot de passe oublié ?',
    ended:
      'Votre session est terminée. Reconnectez-vous ; ce que vous aviez écrit est toujours là.',
    untold:
      'Vous êtes déconnecté ici, mais le serveur n’a pu être prévenu : pour lui, la session continue jusqu’à son terme. Pour y mettre fin, reconnectez-vous dès qu’il y a du réseau, et voyez sous « Votre compte » où vous êtes connecté.',
    vaultHint:
      'Votre mot de passe ouvre vos clés sur cet appareil. Il n’est pas envoyé au serveur.',
  },
  password: {
    hint: (least) =>
      `Au moins ${least} caractères ; plusieurs mots font bien l’affaire. Il ne quitte jamais cette page.`,
    scores: ['Deviné aussitôt', 'Facile à deviner', 'Passable', 'Bon', 'Très bon'],
    guessed: (span) => `Qui aurait la copie du serveur chercherait environ ${span}.`,
    centuries: 'Qui aurait la copie du serveur chercherait des siècles.',
    unknown: 'Sa résistance n’a pas pu être estimée. Prenez plusieurs mots sans rapport entre eux.',
  },
  stay: {
    label: 'Rester connecté sur cet appareil',
    otherwise:
      'Sinon, les clés sont effacées quand la page se ferme ou reste 15 minutes sans usage.',
    meaning:
      'Vos clés restent dans ce navigateur, verrouillées par une clé qu’il utilise sans jamais la livrer. Qui peut se servir de ce navigateur peut lire vos lettres et écrire en votre nom, jusqu’à ce que vous vous déconnectiez. À éviter sur un ordinateur partagé.',
  },
  recover: {
    title: 'Mot de passe oublié',
    explanation:
      'Votre code de secours ouvre vos clés, et vous choisissez un nouveau mot de passe. Sans ce code, personne ne peut les ouvrir, pas même ceux qui s’occupent du serveur.',
    code: 'Code de secours',
    codeHint:
      'Huit groupes de quatre et un signe de contrôle. Majuscules et traits d’union ne comptent pas.',
    password: 'Nouveau mot de passe',
    submit: 'Enregistrer le nouveau mot de passe',
    back: 'Retour à la connexion',
    done: 'Votre nouveau mot de passe est en vigueur. Toutes vos autres sessions sont terminées ; votre code de secours reste valable.',
  },
  recovery: {
    title: 'Votre code de secours',
    explanation:
      'Si vous oubliez votre mot de passe, ce code ouvre vos lettres, et rien d’autre ne le fera. Il n’est montré que maintenant.',
    code: 'Code de secours',
    copy: 'Copier',
    copied: 'Copié',
    save: 'Enregistrer',
    print: 'Imprimer',
    where:
      'Gardez-le avec vos papiers importants ou dans un gestionnaire de mots de passe ; pas dans ce navigateur.',
    next: 'Je l’ai mis en lieu sûr',
    notNow: 'Pas maintenant',
    askBack: 'Tapez le code depuis l’endroit où vous le gardez : ainsi, on est sûr qu’il y est.',
    confirm: 'Continuer',
    again: 'Le montrer encore',
    fileTitle: (username, host) => `Code de secours ${de(username)} sur ${host}`,
    fileHint: 'Qui a ce code peut ouvrir vos lettres. Gardez-le pour vous.',
    missing:
      'Vous n’avez pas de code de secours. Sans lui, un mot de passe oublié fait perdre vos lettres.',
    make: 'Créer un code de secours',
    confirmPassword: 'Votre mot de passe, pour être sûr que c’est vous.',
  },
  locked: {
    title: 'Verrouillé',
    explanation: (username) =>
      `Les clés ${de(username)} ont été effacées de la mémoire de cette page. Votre mot de passe les ramène.`,
    unsent: (count) =>
      count < 2
        ? 'Une lettre non envoyée est gardée, scellée, tant que cette page reste ouverte.'
        : `${count} lettres non envoyées sont gardées, scellées, tant que cette page reste ouverte.`,
    submit: 'Déverrouiller',
  },
  showPassword: ['Afficher', ' le mot de passe'],
  hidePassword: ['Masquer', ' le mot de passe'],

  list: {
    title: 'Correspondances',
    empty: 'Aucune lettre pour l’instant. Écrivez la première.',
    listing: 'Vos conversations arrivent…',
    newLetter: 'Nouvelle lettre',
    signOut: 'Se déconnecter',
    lock: 'Verrouiller',
    account: 'Votre compte',
    users: 'Utilisateurs',
    search: 'Chercher noms et lettres',
    found: 'Trouvé',
    hits: (count) =>
      count === 0 ? 'Rien trouvé' : count === 1 ? '1 résultat' : `${count} résultats`,
    searchScope:
      'Seules les lettres ouvertes sur cette page sont cherchées : le serveur ne peut pas les lire.',
    signedInAs: 'Connecté en tant que',
    keptEmail: (email) =>
      `Votre compte avait été créé lors d’un essai précédent, avec l’adresse e-mail ${email}. Il la garde : les adresses ne peuvent pas encore être changées.`,
    unread: (count) => (count === 1 ? '1 nouvelle lettre' : `${count} nouvelles lettres`),
    unsent: (count) => (count === 1 ? '1 non envoyée' : `${count} non envoyées`),
    draft: 'brouillon',
    yourself: 'vous-même',
    connecting: 'Connexion…',
    live: 'Les lettres arrivent dès leur envoi',
    lost: 'Le serveur est injoignable. Nouvel essai…',
    odd: 'Les réponses du serveur n’ont pas de sens. Nouvel essai…',
    arrived: (from) => `Nouvelle lettre ${de(from)}`,
    arrivedBroken: 'Une lettre est arrivée, dont le sceau est brisé',
  },
  later: {
    loading: 'La page arrive…',
    retry: 'Réessayer',
  },
  account,
  staff,
  trust,
  rotation,
  leave: {
    title: 'Tout n’a pas été envoyé',
    body: 'Si vous vous déconnectez maintenant, les lettres écrites mais non envoyées seront perdues.',
    stay: 'Rester',
    go: 'Se déconnecter quand même',
  },
  newLetter: {
    title: 'Nouvelle lettre',
    to: 'À',
    hint: 'L’adresse e-mail ou le nom d’utilisateur de quelqu’un qui a un compte ici. Pour plusieurs personnes, séparez par des virgules.',
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
    below: 'Nouvelle lettre ↓',
    letter: 'Lettre',
    placeholder: 'Écrivez votre lettre…',
    shortcut: 'Ctrl + Entrée envoie',
    attach: 'Joindre des fichiers',
    attached: 'Fichiers joints',
    drop: 'Déposez les fichiers pour les joindre',
    limits: (size) => `Texte, PDF, PNG, JPEG ou GIF, jusqu’à ${size}`,
    detach: (name) => `Retirer ${name}`,
    send: 'Envoyer',
    retry: 'Réessayer',
    leftBefore:
      'La lettre que vous avez reprise était déjà partie : la réponse du serveur s’était perdue. Elle se trouve parmi les lettres. Ce que vous avez repris en serait une seconde.',
  },
  letter: {
    from: (name) => de(name).replace('d', 'D'),
    copy: 'Votre lettre',
    unproven: 'Lettre d’origine incertaine',
    signedBy: (name) => `Signée par ${name}`,
    notOpened: 'Sceau brisé : cette lettre n’est pas montrée',
    claimed: (name) => `D’après le serveur, ${name} l’a envoyée.`,
    key: (number) => `clé nº ${number}`,
    current: 'clé actuelle',
    former: 'ancienne clé',
    remove: 'Supprimer',
    removeThis: (title, at) => `Supprimer : ${title}, ${at}`,
    removing: 'Supprimer cette lettre ?',
    removingMeans:
      'Elle quitte votre boîte, sur tous vos appareils. Les autres gardent la leur. On ne peut pas revenir en arrière.',
    keep: 'La garder',
    file: 'Fichier',
    save: 'Enregistrer',
    show: 'Montrer',
    hide: 'Masquer',
    picture: (name) => `L’image ${name}`,
    more: 'Montrer la suite',
    cancel: 'Annuler',
    fetching: (name) => `Ouverture de ${name}`,
    saving: (name) => `Enregistrement de ${name}`,
    saved: 'Ouvert, vérifié et enregistré.',
    waiting: 'En attente…',
    sealing: 'Scellement…',
    uploading: 'Envoi du fichier…',
    sending: 'Envoi…',
    held: 'Attend la connexion, puis partira seule.',
    sent: 'Envoyée',
    failed: 'Non envoyée',
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
    former_identity:
      'Elle est signée d’une clé qui n’est pas de celles que vous avez acceptées pour l’expéditeur. Les lettres d’avant ont aussi cet air, et on ne peut plus les distinguer d’un faux.',
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
      'Le serveur n’a pas de clés de l’expéditeur : la signature ne peut pas être vérifiée.',
    destroyed: 'Vous avez été déconnecté. Reconnectez-vous pour l’ouvrir.',
    internal: 'La cryptographie de la page a échoué. Rechargez la page et reconnectez-vous.',
    unexpected: 'Elle n’a pas pu être ouverte. Rechargez la page et reconnectez-vous.',
  },

  failures: {
    unreachable: 'Le serveur est injoignable. Vérifiez votre connexion, puis réessayez.',
    bad_answer: 'La réponse du serveur n’a pas été comprise. Réessayez dans un instant.',
    internal:
      'Quelque chose a échoué. Réessayez ; si cela persiste, rechargez la page et reconnectez-vous.',
    unavailable: 'Le serveur est occupé. Réessayez dans un instant.',
    storage_full: 'Le disque du serveur est plein. Réessayez plus tard.',
    too_many_requests: 'Trop d’essais. Patientez un peu, puis réessayez.',
    request_timeout: 'La connexion était trop lente pour le serveur. Réessayez.',
    session_ended: 'Votre session est terminée. Reconnectez-vous.',
    page_failed:
      'Cette page n’a pas pu être chargée. Réessayez ; si cela persiste, rechargez tout Pli.',
    vault_failed:
      'La cryptographie n’a pas pu être chargée. Rechargez la page ; le navigateur est peut-être trop ancien.',
    unexpected:
      'Un incident inattendu s’est produit. Réessayez ; si cela persiste, rechargez la page.',
    invalid_request: 'Le serveur n’accepte pas cette saisie. Vérifiez ce que vous avez tapé.',

    incomplete: 'Il manque quelque chose. Remplissez chaque champ.',
    missing: 'Remplissez ce champ.',
    username_invalid:
      'Un nom d’utilisateur a 3 à 32 signes parmi a–z, 0–9, point, trait d’union et tiret bas, et commence par une lettre ou un chiffre.',
    email_invalid: 'Ce n’est pas une adresse e-mail. Vérifiez ce que vous avez tapé.',
    password_too_short:
      'Le mot de passe est trop court. Prenez au moins 10 caractères ; plusieurs mots font bien l’affaire.',
    password_guessable:
      'Ce mot de passe serait deviné en moins d’un jour. Prenez plusieurs mots sans rapport entre eux.',
    username_taken: 'Ce nom d’utilisateur est pris. Choisissez-en un autre.',
    email_taken:
      'Un compte existe déjà à cette adresse. Connectez-vous, ou prenez une autre adresse.',
    registration_closed:
      'Ce serveur n’accepte pas de nouveaux comptes. Adressez-vous à ceux qui s’en occupent.',

    wrong_credentials: 'Le nom ou le mot de passe est faux. Vérifiez les deux et réessayez.',
    wrong_password: 'Le mot de passe est faux. Vérifiez-le et réessayez.',
    wrong_recovery:
      'Aucun compte n’a ce nom et ce code de secours. Vérifiez les deux ; un code plus récent remplace l’ancien.',
    bad_recovery_code:
      'Ce n’est pas un code de secours. Un signe manque ou est mal tapé ; comparez-le.',
    recovery_code_differs:
      'Ce n’est pas le code qui vient d’être montré. Comparez-le, ou faites-le montrer encore.',
    copy_refused:
      'Le navigateur n’a pas permis de copier le code. Enregistrez-le, imprimez-le ou notez-le.',
    keys_changed:
      'Vos clés viennent de changer sur un autre appareil. Déconnectez-vous, reconnectez-vous, puis réessayez.',
    history_full:
      'Vos clés ont été renouvelées autant de fois que possible. Créez un nouveau compte pour en avoir de plus récentes.',
    recovery_code_unknown:
      'Vos clés ne connaissent pas votre code de secours : il n’ouvrirait pas les nouvelles. Créez d’abord un nouveau code de secours.',
    keys_not_taken:
      'Le serveur n’a pas pris les nouvelles clés. Les vôtres sont restées telles quelles ; réessayez plus tard.',
    keys_in_doubt:
      'La connexion a été perdue, et le serveur a ou n’a pas les nouvelles clés. Rien n’est perdu : dès qu’il sera joignable, cette page suivra ce qu’il a.',
    stale_history:
      'Vos clés viennent d’être renouvelées sur un autre appareil. Celles faites ici ont été abandonnées.',
    conversation_not_found: 'Le serveur n’a plus cette correspondance. Rechargez la page.',
    message_not_found: 'La lettre n’est plus sur le serveur.',
    account_has_no_keys:
      'Ce compte a été créé ailleurs et n’a pas de clés : aucune lettre ne peut lui être scellée. Créez-en un autre.',
    wrong_account:
      'Le serveur a répondu avec un autre compte que le vôtre. Rien n’a été ouvert ; n’allez pas plus loin.',
    username_differs:
      'Ce n’est pas votre nom d’utilisateur. Tapez-le comme il est écrit plus haut.',
    password_unsettled:
      'La connexion a été coupée avant la réponse : on ne sait pas quel mot de passe est en vigueur. Attendez la connexion, puis vérifiez.',
    password_unchanged:
      'L’ancien mot de passe est toujours en vigueur : le nouveau n’est pas arrivé. Réessayez.',
    deletion_unsettled:
      'La connexion a été coupée avant la réponse : on ne sait pas si le compte est supprimé. Attendez la connexion, puis appuyez encore une fois.',
    export_cut: 'La copie s’est interrompue avant sa fin et n’a pas été enregistrée. Réessayez.',
    not_staff:
      'Vous n’êtes plus responsable : cette page vous est fermée. Si c’est une erreur, adressez-vous à un responsable.',
    last_staff: 'C’est le dernier responsable. Nommez d’abord quelqu’un d’autre.',
    account_not_found: 'Ce compte n’existe plus. Rechargez la liste.',
    keys_damaged:
      'Votre mot de passe est juste, mais la copie de vos clés sur le serveur est abîmée. Réessayez plus tard.',
    recovery_damaged:
      'Votre code de secours est juste, mais la copie de vos clés sur le serveur est abîmée. Réessayez plus tard, ou connectez-vous avec votre mot de passe si vous vous en souvenez.',
    own_keys_replaced:
      'Les clés de ce compte ne sont pas celles que ce navigateur connaît, ni signées de celles-ci. Elles ne sont pas utilisées, et rien n’a été ouvert.',
    kdf_refused:
      'Le serveur demandait un traitement dangereusement faible de votre mot de passe, ce qui a été refusé. Le mot de passe n’a pas été envoyé ; ne faites pas confiance à ce serveur.',
    kdf_mismatch:
      'Le serveur a traité votre mot de passe de deux façons différentes ; il est peut-être exposé. Ne faites pas confiance à ce serveur, et changez ce mot de passe là où vous l’utilisez aussi.',
    history_rolled_back:
      'Le serveur a donné des clés à vous plus anciennes que celles déjà vues ici. Elles ont été refusées ; réessayez plus tard.',
    identity_changed:
      'Les clés ont été remplacées hors de leur historique signé. Elles ne sont pas utilisées ; demandez à la personne par un autre moyen ce qui s’est passé.',
    bad_history:
      'L’historique des clés donné par le serveur n’est pas valable. Rien n’est scellé pour lui.',

    user_not_found:
      'Personne ici n’a cette adresse ni ce nom d’utilisateur. Vérifiez ce que vous avez tapé.',
    wrong_person:
      'Le serveur a répondu avec quelqu’un d’autre que la personne demandée. Aucune correspondance n’a été ouverte ; ne faites pas confiance à ce serveur.',
    receiver_not_found:
      'Ce compte n’existe plus ici : la lettre ne peut pas partir. Reprenez-la, et envoyez-la aux autres destinataires, s’il y en a.',
    receiver_has_no_keys: 'Cette personne n’a pas encore de clés : rien ne peut lui être scellé.',
    sender_has_no_keys:
      'Votre compte n’a pas de clés sur le serveur. Déconnectez-vous puis reconnectez-vous.',
    own_address: 'C’est votre propre nom. Écrivez à quelqu’un d’autre.',
    recipients_mismatch:
      'Les clés de quelqu’un viennent de changer. Réessayez ; si cela persiste, déconnectez-vous puis reconnectez-vous.',
    message_id_taken:
      'Le serveur dit avoir déjà cette lettre, scellée autrement. Si les autres ne l’ont pas reçue, reprenez-la et renvoyez-la.',
    bad_envelope: 'Le serveur a refusé l’enveloppe. Réessayez.',
    body_too_large: 'La lettre est trop longue. Raccourcissez-la, ou envoyez-la en fichier.',
    letter_too_long: 'La lettre est trop longue. Raccourcissez-la, ou envoyez-la en fichier.',

    file_refused:
      'Ce genre de fichier n’est ni envoyé ni ouvert ici : seulement .txt, .pdf, .png, .jpg, .jpeg et .gif dont le contenu est ce que dit le nom.',
    file_name_too_long:
      'Le nom du fichier est trop long. Renommez le fichier, puis joignez-le de nouveau.',
    file_name_misleading:
      'Le nom du fichier contient une barre oblique ou des signes cachés qui pourraient tromper. Renommez le fichier, puis joignez-le de nouveau.',
    file_too_large_here:
      'Ce navigateur ne peut pas enregistrer un fichier de cette taille depuis cette page. Prenez un autre navigateur, ou une page qui commence par https.',
    disk_refused:
      'Le fichier n’a pas pu être écrit. Vérifiez qu’il reste de la place sur le disque, puis réessayez.',
    picture_too_large:
      'L’image est trop grande pour être montrée ici. Elle peut tout de même être enregistrée.',
    picture_unreadable:
      'L’image est abîmée et ne peut pas être montrée. Elle peut toujours être enregistrée.',
    file_too_large: 'Le fichier est trop gros pour cette page ou pour ce serveur.',
    quota_exceeded: 'Vos fichiers et messages prennent toute la place que le serveur vous donne.',
    file_not_found: 'Le fichier n’est plus sur le serveur. Demandez à l’expéditeur de le renvoyer.',
    file_corrupted:
      'Le fichier a été altéré ou tronqué en route, et n’a pas été enregistré. Réessayez, ou demandez-le à l’expéditeur.',
    size_mismatch: 'Le fichier a changé pendant sa lecture. Joignez-le de nouveau.',
    file_unreadable:
      'Le fichier ne peut pas être lu. Il a peut-être été déplacé ou modifié ; joignez-le de nouveau.',
  },
  unknown: (code) =>
    `Quelque chose s’est mal passé (${code}). Réessayez ; si cela persiste, rechargez la page.`,
  concerning: (what, sentence) => `${what} : ${sentence}`,
  waitSeconds: (seconds) => `Attendez ${seconds} s.`,
};
