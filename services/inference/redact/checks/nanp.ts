/** Area codes of the North American plan that are in use, as ranges; the free-of-charge and premium ones too. */
const AREAS =
  '201-210 212-220 223-229 231 234 235 236 239 240 242 246-254 256 257 260 262-264 267-274 276 278 279 281 283 284 289 301-310 312-321 323-327 329-332 334 336 337 339-341 343 345-347 350-354 357 360 361 363-365 367-369 380 382 385 386 401-410 412-417 419 423-425 428 430-432 434-438 440-443 445 447-450 456 457 458 460 463 464 468-470 472-475 478-480 484 487 500-510 512-521 522-524 526 530-532 533-539 541-544 546-549 551 555 557 559 561-564 566-579 580-582 584-588 600-610 612-624 626-629 630-633 636 639-641 644-647 649-651 655-662 664 667 669-673 678-684 686 689 700-710 712-721 724-728 730-732 734 737 738 740 742-743 747 753-754 756-758 760 762-765 767 769-775 778-782 784-787 800-810 812-820 822 825-826 828-833 835 837-840 843 845 847-850 854-857 859-860 861-864 866-867 869-873 876-879 888 900-910 912-920 924-925 927-931 934 936-949 951-952 954 956-957 959 970-973 975 978-980 983-986 989';

const AREA = new Set(
  AREAS.split(' ').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
  }),
);

/** Whether ten digits can be dialled in the North American plan: an area and an exchange that begin with 2 to 9 and are no service code. */
export const isNanp = (digits: string): boolean =>
  /^[2-9]\d{2}[2-9]\d{6}$/.test(digits) && !/^.11|^...[2-9]11/.test(digits);

/** Whether its area code is in use, for numbers that nothing else shows to be a phone's. */
export const hasKnownArea = (digits: string): boolean => AREA.has(digits.slice(0, 3));
