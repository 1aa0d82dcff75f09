# Average over all tasks against the time for one slice
# Made by synerbench report. To change the picture: edit this file, then run in its folder: gnuplot time.gp
set encoding utf8
do for [format in "svg png"] {
reset
if (format eq "svg") {
  set terminal svg noenhanced size 820,480 font "sans-serif,13" background "#ffffff" name "time"
} else {
  set terminal pngcairo noenhanced size 820*1.5,480*1.5 fontscale 1.5 linewidth 1.5 pointscale 1.5 font "sans-serif,10" background "#ffffff"
}
set output "time.".format
set border 3 linecolor "#444444"
set tics nomirror out
set grid ytics linetype 1 linecolor "#e3e3e3" linewidth 1
set grid xtics
set logscale x
set xrange [4.133539094650206e-07:1.097808883314815]
set yrange [0.15265490733470105:0.9005911414977763]
set micro
set format x "%.0s %cs"
set mxtics 10
unset key
set xlabel "time per slice (cpu, 1 thread)"
set ylabel "average SSIM ↑, synermed-2d@1"
set label "Constant" at 1.2400617283950617e-06,0.23501789214815474 left offset 1,0.6 textcolor "#5c6370"
set label "Identity" at 1.2440781893004117e-06,0.5341301373086033 left offset 1,0.6 textcolor "#5c6370"
set label "Mean image" at 1.2914732510288068e-06,0.5226184643541386 left offset 1,-0.6 textcolor "#5c6370"
set label "Straight line" at 2.2232242798353903e-06,0.37308976399165616 left offset 1,0.6 textcolor "#5c6370"
set label "Monotone map" at 1.0045425925925927e-05,0.7453018878877874 left offset 1,0.6 textcolor "#5c6370"
set label "Nearest training slice" at 7.079462551440328e-05,0.7233994314569872 left offset 1,0.6 textcolor "#5c6370"
set label "BBDM" at 0.3349268805452674,0.5094175309550931 left offset 1,0.6 textcolor "#0072B2"
set label "Flow U-Net" at 0.36593629443827164,0.7394054628612645 right offset -1,0.6 textcolor "#D55E00"
set label "HealthGPT (re-implementation)" at 0.12127232312551442,0.4360892180734292 right offset -1,0.6 textcolor "#009E73"
set label "RCD (released U-Net)" at 0.0012446031790123457,0.7836739215483135 left offset 1,0.6 textcolor "#CC79A7"
set label "Pix2Pix (pix2pix-s1)" at 0.0008923439691358024,0.8068150441478569 left offset 1,1.6 textcolor "#E69F00"
set label "Pix2Pix (pix2pix-s2)" at 0.0008771475411522633,0.801908865785638 right offset -1,0.6 textcolor "#56B4E9"
set label "Pix2Pix (pix2pix-s3)" at 0.0008450115349794238,0.8054809024053172 right offset -1,-0.6 textcolor "#1b1d20"
set label "CycleGAN (cyclegan-s1)" at 0.0030040226790123453,0.7004111485694998 left offset 1,-1.6 textcolor "#0072B2"
set label "CycleGAN (cyclegan-s2)" at 0.0029204384259259256,0.7083015193525011 left offset 1,0.6 textcolor "#D55E00"
set label "ResViT (resvit-s1)" at 0.006404555158436214,0.8142770563573722 left offset 1,0.6 textcolor "#009E73"
set label "ResViT (resvit-s2)" at 0.006165639374485598,0.8091322737083582 left offset 1,0.6 textcolor "#CC79A7"
set label "RCD (reconstruction) (rcd-s1)" at 0.004237508057613169,0.765715162125451 left offset 1,0.6 textcolor "#E69F00"
set label "SynDiff (syndiff-s1)" at 0.09367174047736626,0.2698944849851643 right offset -1,0.6 textcolor "#56B4E9"
set label "CycleGAN (cyclegan-s3)" at 0.002503497810699588,0.7075535561965571 right offset -1,-0.6 textcolor "#1b1d20"
set label "ResViT (resvit-s3)" at 0.005223172378600823,0.8078747237513556 left offset 1,0.6 textcolor "#0072B2"
set label "RCD (reconstruction) (rcd-s2)" at 0.0035941273662551437,0.7739479526022395 left offset 1,0.6 textcolor "#D55E00"
set label "RCD (reconstruction) (rcd-s3)" at 0.0037692054609053498,0.7622985750816845 left offset 1,0.6 textcolor "#009E73"
set label "SynDiff (syndiff-s2)" at 0.08202303059876542,0.22928304865158533 right offset -1,0.6 textcolor "#CC79A7"
set label "SynDiff (syndiff-s3)" at 0.0827874139053498,0.2560735682430674 right offset -1,-1.6 textcolor "#E69F00"
set label "BAGEL" at 0.030374719189300414,0.7961185108163257 left offset 1,0.6 textcolor "#56B4E9"
set label "SynerMedGen" at 0.02906956932510288,0.7767651744968158 left offset 1,0.6 textcolor "#1b1d20"
set label "UniMedVL" at 0.028269857555555555,0.6952035003807914 left offset 1,0.6 textcolor "#0072B2"
plot 'time.dat' using ($4!=$5 ? $2 : NaN):4:(0):($5-$4) with vectors nohead linecolor "#9aa0a6" linewidth 1.5, \
  'time.dat' using ($1==0 && $6==1 ? $2 : NaN):3 with points pointsize 1.3 linecolor "#8a9097" pointtype 7, \
  'time.dat' using ($1==0 && $6==0 ? $2 : NaN):3 with points pointsize 1.3 linewidth 1.6 linecolor "#8a9097" pointtype 6, \
  'time.dat' using ($1==1 && $6==1 ? $2 : NaN):3 with points pointsize 1.3 linecolor "#b4b9bf" pointtype 5, \
  'time.dat' using ($1==1 && $6==0 ? $2 : NaN):3 with points pointsize 1.3 linewidth 1.6 linecolor "#b4b9bf" pointtype 4, \
  'time.dat' using ($1==2 && $6==1 ? $2 : NaN):3 with points pointsize 1.3 linecolor "#636a72" pointtype 9, \
  'time.dat' using ($1==2 && $6==0 ? $2 : NaN):3 with points pointsize 1.3 linewidth 1.6 linecolor "#636a72" pointtype 8, \
  'time.dat' using ($1==3 && $6==1 ? $2 : NaN):3 with points pointsize 1.3 linecolor "#cfd3d7" pointtype 11, \
  'time.dat' using ($1==3 && $6==0 ? $2 : NaN):3 with points pointsize 1.3 linewidth 1.6 linecolor "#cfd3d7" pointtype 10, \
  'time.dat' using ($1==4 && $6==1 ? $2 : NaN):3 with points pointsize 1.3 linecolor "#8a9097" pointtype 7, \
  'time.dat' using ($1==4 && $6==0 ? $2 : NaN):3 with points pointsize 1.3 linewidth 1.6 linecolor "#8a9097" pointtype 6, \
  'time.dat' using ($1==5 && $6==1 ? $2 : NaN):3 with points pointsize 1.3 linecolor "#b4b9bf" pointtype 5, \
  'time.dat' using ($1==5 && $6==0 ? $2 : NaN):3 with points pointsize 1.3 linewidth 1.6 linecolor "#b4b9bf" pointtype 4, \
  'time.dat' using ($1==6 && $6==1 ? $2 : NaN):3 with points pointsize 1.3 linecolor "#0072B2" pointtype 7, \
  'time.dat' using ($1==6 && $6==0 ? $2 : NaN):3 with points pointsize 1.3 linewidth 1.6 linecolor "#0072B2" pointtype 6, \
  'time.dat' using ($1==7 && $6==1 ? $2 : NaN):3 with points pointsize 1.3 linecolor "#D55E00" pointtype 5, \
  'time.dat' using ($1==7 && $6==0 ? $2 : NaN):3 with points pointsize 1.3 linewidth 1.6 linecolor "#D55E00" pointtype 4, \
  'time.dat' using ($1==8 && $6==1 ? $2 : NaN):3 with points pointsize 1.3 linecolor "#009E73" pointtype 9, \
  'time.dat' using ($1==8 && $6==0 ? $2 : NaN):3 with points pointsize 1.3 linewidth 1.6 linecolor "#009E73" pointtype 8, \
  'time.dat' using ($1==9 && $6==1 ? $2 : NaN):3 with points pointsize 1.3 linecolor "#CC79A7" pointtype 11, \
  'time.dat' using ($1==9 && $6==0 ? $2 : NaN):3 with points pointsize 1.3 linewidth 1.6 linecolor "#CC79A7" pointtype 10, \
  'time.dat' using ($1==10 && $6==1 ? $2 : NaN):3 with points pointsize 1.3 linecolor "#E69F00" pointtype 13, \
  'time.dat' using ($1==10 && $6==0 ? $2 : NaN):3 with points pointsize 1.3 linewidth 1.6 linecolor "#E69F00" pointtype 12, \
  'time.dat' using ($1==11 && $6==1 ? $2 : NaN):3 with points pointsize 1.3 linecolor "#56B4E9" pointtype 15, \
  'time.dat' using ($1==11 && $6==0 ? $2 : NaN):3 with points pointsize 1.3 linewidth 1.6 linecolor "#56B4E9" pointtype 14, \
  'time.dat' using ($1==12 && $6==1 ? $2 : NaN):3 with points pointsize 1.3 linecolor "#1b1d20" pointtype 7, \
  'time.dat' using ($1==12 && $6==0 ? $2 : NaN):3 with points pointsize 1.3 linewidth 1.6 linecolor "#1b1d20" pointtype 6, \
  'time.dat' using ($1==13 && $6==1 ? $2 : NaN):3 with points pointsize 1.3 linecolor "#0072B2" pointtype 7, \
  'time.dat' using ($1==13 && $6==0 ? $2 : NaN):3 with points pointsize 1.3 linewidth 1.6 linecolor "#0072B2" pointtype 6, \
  'time.dat' using ($1==14 && $6==1 ? $2 : NaN):3 with points pointsize 1.3 linecolor "#D55E00" pointtype 5, \
  'time.dat' using ($1==14 && $6==0 ? $2 : NaN):3 with points pointsize 1.3 linewidth 1.6 linecolor "#D55E00" pointtype 4, \
  'time.dat' using ($1==15 && $6==1 ? $2 : NaN):3 with points pointsize 1.3 linecolor "#009E73" pointtype 9, \
  'time.dat' using ($1==15 && $6==0 ? $2 : NaN):3 with points pointsize 1.3 linewidth 1.6 linecolor "#009E73" pointtype 8, \
  'time.dat' using ($1==16 && $6==1 ? $2 : NaN):3 with points pointsize 1.3 linecolor "#CC79A7" pointtype 11, \
  'time.dat' using ($1==16 && $6==0 ? $2 : NaN):3 with points pointsize 1.3 linewidth 1.6 linecolor "#CC79A7" pointtype 10, \
  'time.dat' using ($1==17 && $6==1 ? $2 : NaN):3 with points pointsize 1.3 linecolor "#E69F00" pointtype 13, \
  'time.dat' using ($1==17 && $6==0 ? $2 : NaN):3 with points pointsize 1.3 linewidth 1.6 linecolor "#E69F00" pointtype 12, \
  'time.dat' using ($1==18 && $6==1 ? $2 : NaN):3 with points pointsize 1.3 linecolor "#56B4E9" pointtype 15, \
  'time.dat' using ($1==18 && $6==0 ? $2 : NaN):3 with points pointsize 1.3 linewidth 1.6 linecolor "#56B4E9" pointtype 14, \
  'time.dat' using ($1==19 && $6==1 ? $2 : NaN):3 with points pointsize 1.3 linecolor "#1b1d20" pointtype 7, \
  'time.dat' using ($1==19 && $6==0 ? $2 : NaN):3 with points pointsize 1.3 linewidth 1.6 linecolor "#1b1d20" pointtype 6, \
  'time.dat' using ($1==20 && $6==1 ? $2 : NaN):3 with points pointsize 1.3 linecolor "#0072B2" pointtype 7, \
  'time.dat' using ($1==20 && $6==0 ? $2 : NaN):3 with points pointsize 1.3 linewidth 1.6 linecolor "#0072B2" pointtype 6, \
  'time.dat' using ($1==21 && $6==1 ? $2 : NaN):3 with points pointsize 1.3 linecolor "#D55E00" pointtype 5, \
  'time.dat' using ($1==21 && $6==0 ? $2 : NaN):3 with points pointsize 1.3 linewidth 1.6 linecolor "#D55E00" pointtype 4, \
  'time.dat' using ($1==22 && $6==1 ? $2 : NaN):3 with points pointsize 1.3 linecolor "#009E73" pointtype 9, \
  'time.dat' using ($1==22 && $6==0 ? $2 : NaN):3 with points pointsize 1.3 linewidth 1.6 linecolor "#009E73" pointtype 8, \
  'time.dat' using ($1==23 && $6==1 ? $2 : NaN):3 with points pointsize 1.3 linecolor "#CC79A7" pointtype 11, \
  'time.dat' using ($1==23 && $6==0 ? $2 : NaN):3 with points pointsize 1.3 linewidth 1.6 linecolor "#CC79A7" pointtype 10, \
  'time.dat' using ($1==24 && $6==1 ? $2 : NaN):3 with points pointsize 1.3 linecolor "#E69F00" pointtype 13, \
  'time.dat' using ($1==24 && $6==0 ? $2 : NaN):3 with points pointsize 1.3 linewidth 1.6 linecolor "#E69F00" pointtype 12, \
  'time.dat' using ($1==25 && $6==1 ? $2 : NaN):3 with points pointsize 1.3 linecolor "#56B4E9" pointtype 15, \
  'time.dat' using ($1==25 && $6==0 ? $2 : NaN):3 with points pointsize 1.3 linewidth 1.6 linecolor "#56B4E9" pointtype 14, \
  'time.dat' using ($1==26 && $6==1 ? $2 : NaN):3 with points pointsize 1.3 linecolor "#1b1d20" pointtype 7, \
  'time.dat' using ($1==26 && $6==0 ? $2 : NaN):3 with points pointsize 1.3 linewidth 1.6 linecolor "#1b1d20" pointtype 6, \
  'time.dat' using ($1==27 && $6==1 ? $2 : NaN):3 with points pointsize 1.3 linecolor "#0072B2" pointtype 7, \
  'time.dat' using ($1==27 && $6==0 ? $2 : NaN):3 with points pointsize 1.3 linewidth 1.6 linecolor "#0072B2" pointtype 6
set output
}
