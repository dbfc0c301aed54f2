import type { rotation as enRotation, trust as enTrust } from '../en/trust';
import { de } from './de';

/** À qui sont les clés, et comment en être sûr. */
export const trust: typeof enTrust = {
  compare: 'Comparer les numéros de sûreté',
  verified: 'Vérifié',
  signedByVerified: (name) => `Signée par ${name}, vérifié`,
  noted: 'C’est noté',

  title: 'Numéros de sûreté',
  back: (names) => `Retour aux lettres avec ${names}`,
  intro:
    'Un numéro de sûreté appartient à deux personnes et à leurs clés. Si vous voyez tous deux le même, personne ne s’est glissé entre vous, pas même le serveur.',
  how: 'Comparez-le côte à côte, ou lisez-le-vous au téléphone, où l’on connaît la voix. Ne le comparez pas par lettres ici : qui se serait glissé entre vous pourrait les changer aussi.',
  code: 'Code QR de ces 60 chiffres',
  working: 'Calcul du numéro de sûreté…',
  paste: (name) => `Le numéro que voit ${name}`,
  pasteHint:
    'S’il vous est parvenu par un autre moyen, collez-le ici. Espaces et lignes ne comptent pas.',
  incomplete: (digits) => `Un numéro de sûreté a 60 chiffres ; il y en a ${digits} ici.`,
  same: 'Les deux numéros sont les mêmes.',
  different: 'Les deux numéros diffèrent.',
  mark: 'Ils concordent : marquer comme vérifié',
  unmark: 'Retirer la marque',
  isVerified: (name) =>
    `Vous avez marqué ${name} comme vérifié. La marque reste quand ${name} renouvelle ses clés, et tombe si elles sont remplacées de toute autre façon. Elle n’est gardée que dans ce navigateur.`,
  isNotVerified: (name) => `Vous n’avez pas marqué ${name} comme vérifié.`,
  differ: 'Et s’ils diffèrent ?',
  differMeans: (name) =>
    `Rechargez d’abord la page des deux côtés : l’un de vous n’a peut-être pas encore vu les dernières clés de l’autre. Si les numéros diffèrent toujours, quelqu’un lit peut-être vos lettres. N’écrivez rien de confidentiel ici, retirez la marque s’il y en a une, prévenez ${name} par un autre moyen, et adressez-vous à ceux qui s’occupent du serveur.`,

  replacedTitle: (name) => `Les clés ${de(name)} ont été remplacées`,
  replacedMeans: (name) =>
    `Le serveur donne maintenant pour ${name} des clés que les précédentes n’ont pas signées. Ou bien ${name} a perdu ses clés et recommencé à neuf, ou bien quelqu’un veut lire vos lettres. Aucun programme ne peut faire la différence ; seule une conversation de vive voix avec ${name} le peut.`,
  replacedUntil:
    'Tant que vous n’avez pas décidé, rien n’est scellé ni pour les unes ni pour les autres, et les lettres signées des nouvelles clés ne sont pas ouvertes.',
  formerNumber: 'Avec les clés que vous connaissez',
  offeredNumber: 'Avec les clés que le serveur donne maintenant',
  accept: 'Accepter les nouvelles clés…',
  acceptTitle: (name) => `Accepter d’autres clés pour ${name} ?`,
  acceptMeans: (name) =>
    `Vos lettres à ${name} seront désormais scellées pour les nouvelles clés. Les lettres signées des précédentes, même celles que vous lisez maintenant, seront montrées avec un sceau brisé, et la marque de vérification sera perdue. On ne peut pas revenir en arrière.`,
  acceptAsked: (name) =>
    `J’ai parlé à ${name}, qui a créé de nouvelles clés, et le nouveau numéro de sûreté concorde.`,
  acceptNot: 'Garder les clés que je connais',
  acceptDo: 'Accepter les nouvelles clés',
  accepted: (name) => `Les nouvelles clés ${de(name)} sont en usage.`,

  changed: (name) =>
    `Les clés ${de(name)} ont été remplacées hors de leur historique signé. C’est peut-être quelqu’un d’autre. Rien n’est scellé pour ${name} tant que vous n’avez pas demandé par un autre moyen ce qui s’est passé.`,
  decide: 'Ce que cela veut dire, et ce qu’on peut faire',
  refused: (name) =>
    `Le serveur a donné un historique des clés ${de(name)} plus ancien ou abîmé. Celui déjà vu par ce navigateur reste en usage.`,
  renewed: (name, at) =>
    `${name} a de nouvelles clés, signées des précédentes, depuis le ${at}. Il n’y a rien à faire.`,
  deleted: (name) =>
    `${name} a supprimé son compte. Ce qui a été écrit reste lisible ; plus rien ne peut lui être envoyé.`,
  ownRenewed: (at) =>
    `Vos propres clés ont été renouvelées ailleurs, signées des précédentes, le ${at}. Si ce n’était pas vous, changez votre mot de passe et renouvelez-les encore.`,
  ownRefused:
    'Le serveur a donné un historique de vos propres clés plus ancien ou abîmé. Celles que ce navigateur possède restent en usage.',
  ownChanged:
    'Le serveur dit que vos propres clés ont été remplacées hors de leur historique signé. Il montre peut-être aux autres des clés qui ne sont pas les vôtres : demandez-leur de comparer les numéros de sûreté. Celles que ce navigateur possède restent en usage.',
  outdated: (username) =>
    `De nouvelles clés ont été créées pour ${username} sur un autre appareil. Votre mot de passe les ouvre ici aussi. Si ce n’était pas vous, changez ensuite votre mot de passe et renouvelez encore les clés.`,

  anew: 'J’ai recréé ce compte…',
  anewTitle: (name) => `D’autres clés pour ${name} ?`,
  anewMeans:
    'Si vous avez recréé ce compte, sur un autre appareil ou après que le serveur l’a perdu, ses clés sont nouvelles aussi. Les lettres scellées pour les anciennes clés ne s’ouvrent plus, et vos correspondants apprennent que vos clés ont été remplacées.',
  anewOtherwise:
    'Sinon, quelqu’un d’autre connaît votre mot de passe. Ne continuez pas ; parlez-en à ceux qui tiennent le serveur.',
  anewSure: 'J’ai recréé ce compte moi-même.',
  anewNot: 'Ne pas continuer',
  anewDo: 'Continuer avec les nouvelles clés',
};

/** Créer de nouvelles clés pour soi. */
export const rotation: typeof enRotation = {
  title: 'Nouvelles clés',
  what: 'Vos clés scellent et signent vos lettres. Les renouveler en met de nouvelles à leur place, signées des précédentes, si bien que tous ceux à qui vous écrivez les reprennent d’eux-mêmes.',
  when: 'À faire si quelqu’un a pu s’emparer de vos clés ou d’un appareil déverrouillé. Changez alors d’abord votre mot de passe : il ouvre aussi les nouvelles clés.',
  points: [
    'Les lettres que vous avez restent lisibles : vos anciennes clés sont gardées pour elles.',
    'Vos correspondants apprennent, une fois, que vos clés sont nouvelles. Leurs marques de vérification restent.',
    'Vos autres appareils redemandent le mot de passe.',
  ],
  recovery: 'Votre code de secours reste le même.',
  open: 'Renouveler les clés…',
  password: 'Votre mot de passe',
  submit: 'Créer de nouvelles clés',
  publishing: 'Remise des nouvelles clés au serveur…',
  done: 'Vos clés sont nouvelles. Les lettres qu’on vous écrit sont désormais scellées pour elles.',
};
